import { resolve } from "node:path";
import { defineCommand } from "../../command.ts";
import { filesAndSize, list } from "../../format.ts";
import { facts } from "../../table.ts";

/** `fazt app validate`. */
export const command = defineCommand({
  name: "app validate",
  summary: "Check a folder and its app.json without a node",
  group: "apps",
  local: "it checks a folder on this machine, without a node",
  args: ["[folder]"],
  examples: ["app validate", "app validate ./site --json"],
  async run({ args, io, out, signal }) {
    const { readLocalApp } = await import("../../local_app.ts");
    const app = await readLocalApp(resolve(io.cwd, args.folder ?? "."), { signal });
    for (const warning of app.warnings) out.message(`warning: ${warning}`);
    const data = {
      ok: true,
      name: app.name,
      manifest: app.manifest ?? null,
      files: app.files.length,
      size: app.size,
      entry: app.entry ?? null,
      ignored: app.ignored,
      warnings: app.warnings,
    };
    out.result(data, () => [
      `${app.name} is fine`,
      ...facts([
        ["content", filesAndSize(app.files.length, app.size)],
        ["left out", String(app.ignored)],
        ["server", app.entry],
        ["grants", list(app.manifest?.permissions ?? ["storage:kv"])],
      ]),
    ]);
  },
});
