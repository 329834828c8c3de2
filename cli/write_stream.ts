import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "./io.ts";

/** Writes a stream to a file, which is there whole or not at all; returns its bytes. */
export async function writeStream(
  stream: ReadableStream<Uint8Array>,
  { file, io }: { readonly file: string; readonly io: Pick<Io, "cwd"> },
): Promise<number> {
  const target = resolve(io.cwd, file);
  const part = `${target}.part`;
  let size = 0;
  try {
    using out = await Deno.open(part, { write: true, create: true, truncate: true });
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length;) at += await out.write(chunk.subarray(at));
      size += chunk.length;
    }
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rename(part, target);
  return size;
}
