import { damaged, headerOf, unpackedHash } from "../kernel/backup/mod.ts";

/**
 * Writes a packed file that a node sends, whole or not at all; returns its length.
 * @throws {Deno.errors.AlreadyExists} unless `force`; {FaztError} `BACKUP_DAMAGED`.
 */
export async function download(
  { file, force }: { readonly file: string; readonly force: boolean },
  open: () => Promise<ReadableStream<Uint8Array>>,
  { onBytes }: { readonly onBytes: (done: number) => void },
): Promise<number> {
  if (!force && await Deno.lstat(file).then(() => true, () => false)) {
    throw new Deno.errors.AlreadyExists(file);
  }
  const partial = `${file}.partial`;
  try {
    const bytes = await write(await open(), partial, onBytes);
    // What the connection lost or changed must not look like a whole file.
    const { header } = headerOf(partial);
    if (unpackedHash(partial) !== header.sha256) throw damaged("it changed on its way");
    await Deno.rename(partial, file);
    return bytes;
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

async function write(
  stream: ReadableStream<Uint8Array>,
  path: string,
  onBytes: (done: number) => void,
): Promise<number> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  let bytes = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    bytes += chunk.length;
    onBytes(bytes);
  }
  await file.sync();
  return bytes;
}
