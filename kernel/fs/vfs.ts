import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { ByteLru } from "../lib/byte_lru.ts";
import { MIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { letGo } from "../lib/let_go.ts";
import { deleteRubbish, findRubbish, lookedAt } from "./operations.ts";
import { blobChunk } from "./blob_chunks.ts";
import { asciiText } from "./ascii_text.ts";
import { BlobWriter, type Stored } from "./blob_writer.ts";
import { CidBuilder, cidOf } from "./cid.ts";
import { CHUNK_BYTES } from "./file_dag.ts";
import { type FileEntry, fileEntry, type FileRow } from "./file_entry.ts";

/** Age under which a blob nobody names may still be waiting for its deploy, ms. */
const GRACE_MS = 3_600_000;
/** Memory for what paths resolve to; an entry is counted as its text and this. */
const LOOKUP_BYTES = 16 * MIB;
const ENTRY_BYTES = 500;

/** What {@link Vfs} works with. */
export interface VfsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
}

/** The virtual filesystem: content-addressed blobs in the database, and files that name them. */
export class Vfs {
  readonly #content: ByteLru<Uint8Array | string>;
  readonly #entries = new ByteLru<FileEntry | null>(LOOKUP_BYTES);
  readonly #writer: BlobWriter;
  readonly #limit: number;
  /** Files above this are streamed and never cached, bytes. */
  readonly streamAbove: number;

  constructor(private readonly deps: VfsDeps) {
    this.#limit = deps.settings.get("limits.vfs.cacheMb") * MIB;
    this.#content = new ByteLru(this.#limit);
    this.streamAbove = deps.settings.get("limits.vfs.streamAboveMb") * MIB;
    this.#writer = new BlobWriter(deps.db, deps.clock);
  }

  /** Those of the cids that are not stored. */
  missing(cids: Iterable<string>): string[] {
    return [...cids].filter((cid) => this.size(cid) === undefined);
  }

  /** A blob's bytes uncompressed, or undefined when it is not stored. */
  size(cid: string): number | undefined {
    return this.deps.db.reader.get<{ size: number }>("SELECT size FROM blobs WHERE cid = ?", cid)
      ?.size;
  }

  /**
   * Stores a blob after checking that its content has this cid.
   * @throws {FaztError} `CID_MISMATCH`, `TOO_LARGE`, `DISK_FULL`; then nothing of it is kept.
   */
  put(
    cid: string,
    body: Uint8Array | ReadableStream<Uint8Array>,
    options: { readonly maxBytes: number },
  ): Promise<Stored> {
    return this.#writer.put(cid, body, options);
  }

  /**
   * Stores content of any length whose cid nobody knows yet, with 1 MiB of it in memory.
   * @param options.meter told the bytes so far at every chunk; what it throws ends the upload, and
   *   nothing of it is kept
   */
  store(
    body: Uint8Array | ReadableStream<Uint8Array>,
    options: { readonly meter: (size: number) => void },
  ): Promise<Stored> {
    return this.#writer.store(body, options);
  }

  /** Stores bytes under the cid they have. */
  async putBytes(bytes: Uint8Array): Promise<Stored> {
    const cid = cidOf(bytes);
    if (this.size(cid) === bytes.length) return { cid, size: bytes.length };
    return await this.put(cid, bytes, { maxBytes: bytes.length });
  }

  /** Stores content that can be read twice under the cid it turns out to have. */
  async putAgain(
    content: () => ReadableStream<Uint8Array>,
    { maxBytes }: { readonly maxBytes: number },
  ): Promise<string> {
    const builder = new CidBuilder();
    for await (const part of content()) builder.update(part);
    const cid = builder.digest();
    await this.put(cid, content(), { maxBytes });
    return cid;
  }

  /** Bytes `start` to `end` (exclusive) of a blob, past the cache: for parts of a chunk or a few. */
  part(
    cid: string,
    { start, end }: { readonly start: number; readonly end: number },
  ): Uint8Array {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end;) {
      const n = Math.floor(at / CHUNK_BYTES);
      const chunk = blobChunk(this.deps.db.reader, cid, n);
      if (chunk === undefined) throw new Error(`chunk ${n} of ${cid} is gone`);
      const piece = chunk.subarray(at - n * CHUNK_BYTES, end - n * CHUNK_BYTES);
      bytes.set(piece, at - start);
      at += piece.length;
    }
    return bytes;
  }

  /** A whole blob; small ones come from and go to the cache. Not to be changed by the caller. */
  read(cid: string): Uint8Array | undefined {
    const content = this.body(cid);
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  }

  /** What {@link Vfs.read} gives, as a text where it is a short one of ASCII: Deno sends that faster. */
  body(cid: string): Uint8Array | string | undefined {
    const cached = this.#content.get(cid);
    if (cached !== undefined) return cached;
    const size = this.size(cid);
    if (size === undefined) return undefined;
    const bytes = this.#load(cid, size);
    if (size > this.streamAbove || this.#limit === 0) return bytes;
    const content = asciiText(bytes) ?? bytes;
    this.#content.set(cid, content, size);
    return content;
  }

  /** A blob, or bytes `start` to `end` (exclusive) of it, read chunk by chunk as it is consumed. */
  stream(
    cid: string,
    range: {
      readonly start?: number;
      readonly end?: number;
      /** Told the bytes of each part as it goes. */
      readonly sent?: { sent(bytes: number): void };
    } = {},
  ): ReadableStream<Uint8Array> {
    const end = Math.min(range.end ?? Infinity, this.size(cid) ?? 0);
    let at = range.start ?? 0;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at >= end) return controller.close();
        const n = Math.floor(at / CHUNK_BYTES);
        const chunk = blobChunk(this.deps.db.reader, cid, n);
        // A blob is sealed with all its chunks: a gap is a damaged file, and must not look whole.
        if (chunk === undefined) return controller.error(new Error(`chunk ${n} of ${cid} is gone`));
        const from = at - n * CHUNK_BYTES;
        const part = chunk.subarray(from, Math.min(chunk.length, from + end - at));
        at += part.length;
        range.sent?.sent(part.length);
        letGo(chunk.length);
        controller.enqueue(part);
      },
    }, { highWaterMark: 0 });
  }

  /** The file at a path of a revision, or undefined. */
  entry(appId: string, revision: number, path: string): FileEntry | undefined {
    const key = `${appId} ${revision} ${path}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known ?? undefined;
    const row = this.deps.db.reader.get<FileRow>(
      "SELECT path, cid, size, type, brotli_cid, brotli_size, gzip_cid, gzip_size FROM files " +
        "WHERE app_id = ? AND revision = ? AND path = ?",
      appId,
      revision,
      path,
    );
    const entry = row ? fileEntry(row) : null;
    this.#entries.set(key, entry, key.length + ENTRY_BYTES);
    return entry ?? undefined;
  }

  /** What the cache holds. */
  stats(): { bytes: number; entries: number; limit: number } {
    return { bytes: this.#content.used, entries: this.#content.size, limit: this.#limit };
  }

  /** Empties the caches; they fill again on demand. */
  clear(): void {
    this.#content.clear();
    this.#entries.clear();
  }

  /** Removes blobs that nothing names and parts of uploads that never ended; returns how many. */
  async sweep(): Promise<number> {
    const { db, clock } = this.deps;
    const before = clock() - GRACE_MS;
    for (let total = 0;;) {
      const found = await db.background(findRubbish, { before, limit: 64 });
      let did = 0;
      for (let more = true; more;) {
        // What is being written now is looked at in the same moment as the deletion is asked for:
        // later writes come after it.
        const { active } = this.#writer;
        const idle = (cid: string) => !active.has(cid);
        const [blobs, chunks] = [found.blobs.filter(idle), found.chunks.filter(idle)];
        if (blobs.length === 0 && chunks.length === 0) break;
        const step = await db.write(deleteRubbish, { blobs, chunks, before });
        did += step.gone + chunks.length;
        total += step.gone;
        more = step.more;
      }
      for (const cid of found.blobs) this.#content.delete(cid);
      if (did === 0) return total;
    }
  }

  /**
   * Removes blobs that lost their last name when something was forgotten, however young they are:
   * they are not to be found any more.
   */
  async sweepUnnamed(): Promise<void> {
    const { db } = this.deps;
    for (let some = false;; some = true) {
      const cids = db.reader.all<{ cid: string }>("SELECT cid FROM unnamed_blobs LIMIT 64")
        .map((row) => row.cid);
      if (cids.length === 0) {
        // Parts of large ones, which lie under the names of their uploads.
        if (some) await this.sweep();
        return;
      }
      for (const cid of cids) {
        // Somebody is storing it again at this moment.
        if (this.#writer.active.has(cid)) continue;
        const what = { blobs: [cid], chunks: [], before: Number.MAX_SAFE_INTEGER };
        while ((await db.write(deleteRubbish, what)).more) { /* next step */ }
        this.#content.delete(cid);
      }
      await db.write(lookedAt, { cids });
    }
  }

  #load(cid: string, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let n = 0; at < size; n++) {
      const chunk = blobChunk(this.deps.db.reader, cid, n);
      if (chunk === undefined) throw new Error(`chunk ${n} of ${cid} is gone`);
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }
}
