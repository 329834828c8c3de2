import { dirname, join } from "node:path";
import { cidOf, vfsPath } from "../kernel/fs/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Pulled } from "./api_types.ts";
import { pool } from "./pool.ts";

/** How files are brought into a folder. */
export interface PullOptions {
  readonly folder: string;
  /** Whether it may have files. */
  readonly force: boolean;
  /** Fetches the content of a file. */
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly onFile: (n: number) => void;
}

/** Files that are fetched at once. */
const AT_ONCE = 4;

/**
 * Writes the files of a revision; what is there already is not fetched. The node is not trusted to
 * stay inside the folder, and links in it are not followed.
 * @throws {Deno.errors.AlreadyExists} for a folder with files, unless `force`; {FaztError}
 *   `CID_MISMATCH`, `PATH_INVALID`.
 */
export async function pullFiles(
  { files }: Pick<Pulled, "files">,
  { folder, force, read, onFile }: PullOptions,
): Promise<{ readonly written: number; readonly same: number }> {
  await Deno.mkdir(folder, { recursive: true });
  if (!force) {
    for await (const _ of Deno.readDir(folder)) throw new Deno.errors.AlreadyExists(folder);
  }
  let [written, same, n] = [0, 0, 0];
  await pool(files, AT_ONCE, async ({ path, cid }) => {
    onFile(++n);
    const target = join(folder, vfsPath(path));
    await makeFolder(folder, path);
    if (await cidAt(target) === cid) {
      same++;
      return;
    }
    const bytes = await read(path);
    if (cidOf(bytes) !== cid) {
      throw new FaztError("CID_MISMATCH", `Cannot pull ${path}: it changed on its way`, {
        hint: "try again",
      });
    }
    const partial = `${target}.partial`;
    await Deno.writeFile(partial, bytes);
    await Deno.rename(partial, target);
    written++;
  });
  return { written, same };
}

/** The folders above a file; one that is a link leads elsewhere. */
async function makeFolder(top: string, path: string): Promise<void> {
  const parts = dirname(path).split("/").filter((part) => part !== ".");
  for (let i = 0; i < parts.length; i++) {
    const folder = join(top, ...parts.slice(0, i + 1));
    const info = await Deno.lstat(folder).catch(() => undefined);
    if (info?.isDirectory) continue;
    if (info !== undefined) {
      throw new FaztError("PATH_INVALID", `Cannot write into ${folder}: it is no folder`, {
        hint: "move it away, or pull into another folder",
      });
    }
    await Deno.mkdir(folder, { recursive: true });
  }
}

async function cidAt(file: string): Promise<string | undefined> {
  const info = await Deno.lstat(file).catch(() => undefined);
  return info?.isFile ? cidOf(await Deno.readFile(file)) : undefined;
}
