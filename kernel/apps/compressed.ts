import { compress, type Vfs } from "../fs/mod.ts";
import { MIB } from "../lib/bytes.ts";
import type { AppStore, Variants } from "./app_store.ts";
import { inPool } from "./pool.ts";
import type { AppFile } from "./shapes.ts";

const NONE: Variants = { brotliCid: null, brotliSize: null, gzipCid: null, gzipSize: null };
/** Larger files are streamed as they are. */
const LARGEST = 5 * MIB;
/** Files compressed at once: as many as zlib's threads are of use for. */
const AT_ONCE = 4;
/** Compressed bytes on their way to the disk before compressing pauses. */
const IN_FLIGHT = 16 * MIB;

/** The compressed twins of every file by `cid type`, made only for content not seen before. */
export async function compressAll(
  files: readonly AppFile[],
  { vfs, store }: { readonly vfs: Vfs; readonly store: AppStore },
): Promise<(file: AppFile) => Variants> {
  const found = new Map<string, Variants>();
  const fresh: AppFile[] = [];
  for (const file of files) {
    const key = keyOf(file);
    if (found.has(key)) continue;
    const known = store.variants(file.cid, file.type);
    found.set(key, known ?? NONE);
    if (!known && file.size <= LARGEST) fresh.push(file);
  }
  // Writes are not awaited one by one: many of them share one commit.
  let writes: Promise<void>[] = [];
  let bytes = 0;
  const keep = async (file: AppFile, made: Awaited<ReturnType<typeof compress>>) => {
    const [brotli, gzip] = await Promise.all([
      made.brotli && vfs.putBytes(made.brotli),
      made.gzip && vfs.putBytes(made.gzip),
    ]);
    found.set(keyOf(file), {
      brotliCid: brotli?.cid ?? null,
      brotliSize: brotli?.size ?? null,
      gzipCid: gzip?.cid ?? null,
      gzipSize: gzip?.size ?? null,
    });
  };
  await inPool(fresh, AT_ONCE, async (file) => {
    const content = vfs.read(file.cid);
    if (content === undefined) return;
    const made = await compress(content, file.type);
    if (!made.brotli && !made.gzip) return;
    bytes += (made.brotli?.byteLength ?? 0) + (made.gzip?.byteLength ?? 0);
    const write = keep(file, made);
    // Awaited below; until then a failure must not count as unhandled.
    write.catch(() => {});
    writes.push(write);
    if (bytes < IN_FLIGHT) return;
    const waiting = writes;
    [writes, bytes] = [[], 0];
    await Promise.all(waiting);
  });
  await Promise.all(writes);
  return (file) => found.get(keyOf(file)) ?? NONE;
}

function keyOf(file: AppFile): string {
  return `${file.cid} ${file.type}`;
}
