import type { Kernel } from "../kernel/kernel.ts";
import page from "./welcome/index.html" with { type: "text" };

/** Gives a node on which nothing was ever done its first app: something to look at and to copy. */
export async function seedWelcome(kernel: Kernel): Promise<void> {
  const untouched = kernel.store.db.reader.get(
    "SELECT 1 AS x WHERE NOT EXISTS (SELECT 1 FROM apps) AND NOT EXISTS (SELECT 1 FROM activity)",
  );
  if (!untouched) return;
  const files = { "index.html": page, "app.json": JSON.stringify(MANIFEST, null, 2) };
  const encoder = new TextEncoder();
  const list = [];
  for (const [path, text] of Object.entries(files)) {
    list.push({ path, ...await kernel.vfs.putBytes(encoder.encode(text)) });
  }
  await kernel.apps.deploy(
    { name: MANIFEST.name, source: "seed", files: list },
    { userId: "usr_system", name: "system", admin: true },
  );
}

const MANIFEST = {
  name: "welcome",
  version: "1.0.0",
  title: "Welcome",
  description: "The app every new node begins with",
  permissions: [],
};
