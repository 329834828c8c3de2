import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { CidBuilder, cidOf } from "../kernel/fs/mod.ts";
import { MIB } from "../kernel/lib/bytes.ts";
import type { LocalFile } from "./walk.ts";

/** Files above it are read in pieces, bytes. */
export const WHOLE_BYTES = 8 * MIB;

/** A file with its content id, as `POST /api/deploy` wants it. */
export interface HashedFile extends LocalFile {
  readonly cid: string;
}

/** Reads a file once and names its content; the size is that of what was read. */
export async function hashFile(file: LocalFile, signal: AbortSignal): Promise<HashedFile> {
  signal.throwIfAborted();
  if (file.size <= WHOLE_BYTES) {
    const bytes = await readFile(file.source);
    return { ...file, size: bytes.length, cid: cidOf(bytes) };
  }
  const builder = new CidBuilder();
  let size = 0;
  for await (const chunk of createReadStream(file.source, { highWaterMark: MIB, signal })) {
    builder.update(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
  }
  return { ...file, size, cid: builder.digest() };
}
