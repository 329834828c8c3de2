import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { folderDag } from "../kernel/fs/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { type HashedFile, hashFile } from "./hash_file.ts";
import { pool } from "./pool.ts";
import { walk } from "./walk.ts";

/** Files read at once. */
const READS = 4;

/** A file or folder on this machine with its content id. */
export interface LocalContent {
  readonly kind: "file" | "folder";
  readonly name: string;
  readonly cid: string;
  /** Bytes. */
  readonly size: number;
  /** A lone file has the path `""`. */
  readonly files: readonly HashedFile[];
  readonly warnings: readonly string[];
}

/**
 * Names the content of a file, or of what a deploy of a folder would ship.
 * @param path absolute
 * @throws {FaztError} `NOT_FOUND`, `EMPTY`
 */
export async function readLocalContent(path: string, signal: AbortSignal): Promise<LocalContent> {
  const found = await stat(path).catch(() => {
    throw new FaztError("NOT_FOUND", `Cannot read ${path}: there is no such file or folder`, {
      hint: "name a file or folder of this machine",
    });
  });
  const name = basename(path);
  if (!found.isDirectory()) {
    const file = await hashFile({ path: "", source: path, size: found.size }, signal);
    const { cid, size } = file;
    return { kind: "file", name, cid, size, files: [file], warnings: [] };
  }
  const { files: local, warnings } = await walk(path, signal);
  if (local.length === 0) {
    throw new FaztError("EMPTY", `Cannot read ${path}: there is nothing in it to ship`, {
      hint: "look at its .gitignore and .faztignore",
    });
  }
  const files = await pool(local, READS, (file) => hashFile(file, signal));
  const { folders } = await folderDag(files);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { kind: "folder", name, cid: folders.get("")!.cid, size, files, warnings };
}
