import { cidOf } from "../../kernel/fs/mod.ts";
import { api } from "./http.ts";
import type { TestNode } from "./node.ts";

/** Files of an app by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What a deploy over the API answered. */
export interface Deployed {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- tests look at whatever shape the API gives
  readonly data: any;
  // deno-lint-ignore no-explicit-any -- as above
  readonly error: any;
}

/** Deploys by blob difference, as the command line does. */
export async function deploy(
  node: TestNode,
  name: string,
  files: Files,
  options: {
    readonly token?: string;
    readonly approve?: boolean;
    readonly preview?: boolean;
    readonly app?: string;
  } = {},
): Promise<Deployed> {
  const { token, ...extra } = options;
  const credential = token === undefined ? {} : { token };
  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return { path, bytes, cid: cidOf(bytes), size: bytes.length };
  });
  const body = {
    name,
    ...extra,
    files: entries.map(({ path, cid, size }) => ({ path, cid, size })),
  };
  const first = await api(node, "POST", "/api/deploy", { ...credential, body });
  if (!first.data?.missing) return first;
  for (const { cid, bytes } of entries) {
    if (!first.data.missing.includes(cid)) continue;
    const put = await api(node, "PUT", `/api/blobs/${cid}`, { ...credential, body: bytes });
    if (put.status !== 201) return put;
  }
  return await api(node, "POST", "/api/deploy", { ...credential, body });
}

/** Writes files into a new folder. */
export async function folderOf(files: Files): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "fazt-folder-" });
  for (const [path, content] of Object.entries(files)) {
    const target = `${folder}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(target, content);
    else await Deno.writeFile(target, content);
  }
  return folder;
}
