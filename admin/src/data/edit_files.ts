import { cidOfChunk } from "../lib/cid.ts";
import { path } from "../lib/route.ts";
import { call } from "./api.ts";
import type { App, AppFile, DeployAnswer } from "./shapes.ts";

/** What a new revision changes; `null` deletes. */
export type FileChanges = ReadonlyMap<string, Uint8Array | null>;

/**
 * Deploys the files of a revision with changes as a new revision.
 * @param files of the revision that was edited
 */
export async function deployChanges(
  app: Pick<App, "id" | "name">,
  files: readonly AppFile[],
  changes: FileChanges,
  message: string,
): Promise<DeployAnswer> {
  const blobs = new Map<string, Uint8Array>();
  const list = files.filter(({ path }) => !changes.has(path))
    .map(({ path, cid, size }) => ({ path, cid, size }));
  for (const [path, bytes] of changes) {
    if (bytes === null) continue;
    const cid = cidOfChunk(bytes);
    blobs.set(cid, bytes);
    list.push({ path, cid, size: bytes.length });
  }
  const body = { app: app.id, name: app.name, message, files: list };
  const first = await call<DeployAnswer>("POST", "/api/deploy", { body, timeoutMs: 120_000 });
  if (first.missing === undefined) return first;
  for (const cid of first.missing) {
    const bytes = blobs.get(cid);
    if (bytes === undefined) continue;
    await call("PUT", path`/api/blobs/${cid}`, {
      raw: bytes as Uint8Array<ArrayBuffer>,
      headers: { "content-type": "application/octet-stream" },
      timeoutMs: 120_000,
    });
  }
  return await call<DeployAnswer>("POST", "/api/deploy", { body, timeoutMs: 120_000 });
}
