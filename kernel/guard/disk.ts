import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** A database with a cap of its own counts as full a little before it is. */
const CAP_PART = 0.98;

/**
 * How full the disk of `path` is, as a part of the percentage that may be used, or the database
 * as a part of its own cap: whichever is more. 1 is the limit.
 */
export async function diskPart(
  path: string,
  limits: { readonly percent: number; readonly databaseMaxBytes: number },
): Promise<number> {
  const disk = await statfs(dirname(path));
  const used = disk.blocks - disk.bfree;
  const part = used / (used + disk.bavail) / (limits.percent / 100);
  if (limits.databaseMaxBytes === 0) return part;
  const { size } = await Deno.stat(path);
  return Math.max(part, size / (limits.databaseMaxBytes * CAP_PART));
}
