import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/**
 * Writes what a node sends into a file, or with `-` to stdout; returns its size. Only the whole of
 * it ever has the file's name.
 */
export async function saveStream(
  stream: ReadableStream<Uint8Array>,
  file: string,
  { io, out }: { readonly io: Io; readonly out: Output },
): Promise<number> {
  let bytes = 0;
  if (file === "-") {
    for await (const chunk of stream) {
      bytes += chunk.length;
      out.bytes(chunk);
    }
    return bytes;
  }
  const whole = resolve(io.cwd, file);
  const part = `${whole}.part`;
  try {
    using target = await Deno.open(part, { write: true, create: true, truncate: true });
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length;) at += await target.write(chunk.subarray(at));
      bytes += chunk.length;
    }
    await rename(part, whole);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return bytes;
}
