import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { letGo } from "../lib/let_go.ts";
import { base58 } from "../lib/ids.ts";
import { deleteRubbish, sealBlob, sealUpload, writeChunks } from "./operations.ts";
import { CidBuilder } from "./cid.ts";
import { CHUNK_BYTES } from "./file_dag.ts";

/** Chunks in one write: 4 MiB, so that no commit waits long behind it. */
const CHUNKS_PER_WRITE = 16;
/** The same for content whose cid is not known: many of them may be open for long. */
const CHUNKS_PER_STORE = 4;

/** What a blob turned out to be. */
export interface Stored {
  readonly cid: string;
  readonly size: number;
}

/** Writes blobs; one upload of a cid at a time, so that two can never mix their chunks. */
export class BlobWriter {
  readonly #uploads = new Map<string, Promise<unknown>>();

  constructor(private readonly db: Database, private readonly now: Clock) {}

  /** Cids being uploaded now. */
  get active(): ReadonlySet<string> {
    return new Set(this.#uploads.keys());
  }

  /** Stores a blob whose content must have this cid. */
  put(
    cid: string,
    body: Uint8Array | ReadableStream<Uint8Array>,
    options: { readonly maxBytes: number },
  ): Promise<Stored> {
    return this.#alone(cid, () => this.#write(cid, body, options.maxBytes));
  }

  /** Stores content whose cid is known only at its end. */
  async store(
    body: Uint8Array | ReadableStream<Uint8Array>,
    { meter }: { readonly meter: (size: number) => void },
  ): Promise<Stored> {
    const upload = `upl_${base58(24)}`;
    const builder = new CidBuilder();
    let chunks: Uint8Array[] = [];
    let first = 0;
    const writing = Promise.withResolvers<void>();
    this.#uploads.set(upload, writing.promise);
    try {
      for await (const chunk of rechunk(body)) {
        builder.update(chunk);
        meter(builder.size);
        chunks.push(chunk);
        if (chunks.length > CHUNKS_PER_STORE) {
          const full = chunks.splice(0, CHUNKS_PER_STORE);
          await this.db.write(writeChunks, { cid: upload, first, chunks: full });
          first += full.length;
        }
      }
      const { size } = builder;
      const cid = builder.digest();
      const last = { cid, size, first, chunks, at: this.now() };
      const kept = await this.#alone(
        cid,
        () => first === 0 ? this.#seal(last) : this.db.write(sealUpload, { ...last, upload }),
      );
      if (!kept) await this.#forget(upload);
      return { cid, size };
    } catch (error) {
      chunks = [];
      if (first > 0) await this.#forget(upload);
      throw error;
    } finally {
      this.#uploads.delete(upload);
      writing.resolve();
    }
  }

  async #seal(blob: Parameters<typeof sealBlob.run>[1]): Promise<true> {
    await this.db.write(sealBlob, blob);
    return true;
  }

  /** Runs `work` when nobody else writes this cid. */
  async #alone<T>(cid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#uploads.get(cid) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    this.#uploads.set(cid, mine);
    try {
      return await mine;
    } finally {
      if (this.#uploads.get(cid) === mine) this.#uploads.delete(cid);
    }
  }

  async #write(
    cid: string,
    body: Uint8Array | ReadableStream<Uint8Array>,
    maxBytes: number,
  ): Promise<Stored> {
    const builder = new CidBuilder();
    let chunks: Uint8Array[] = [];
    let first = 0;
    try {
      for await (const chunk of rechunk(body)) {
        builder.update(chunk);
        if (builder.size > maxBytes) throw tooLarge(maxBytes);
        chunks.push(chunk);
        if (chunks.length > CHUNKS_PER_WRITE) {
          const full = chunks.splice(0, CHUNKS_PER_WRITE);
          await this.db.write(writeChunks, { cid, first, chunks: full });
          first += full.length;
        }
      }
      const size = builder.size;
      const actual = builder.digest();
      if (actual !== cid) throw mismatch(cid, actual);
      await this.db.write(sealBlob, { cid, size, first, chunks, at: this.now() });
      return { cid, size };
    } catch (error) {
      chunks = [];
      if (first > 0) await this.#forget(cid);
      throw error;
    }
  }

  /** Takes back the parts of a cut-off upload; what fails here is swept at the next start. */
  async #forget(key: string): Promise<void> {
    try {
      while ((await this.db.write(deleteRubbish, { blobs: [], chunks: [key], before: 0 })).more);
    } catch {
      // The sweep finds it.
    }
  }
}

/** The same bytes in chunks of exactly {@link CHUNK_BYTES} but the last. */
async function* rechunk(body: Uint8Array | ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    for (let i = 0; i < body.length; i += CHUNK_BYTES) yield body.slice(i, i + CHUNK_BYTES);
    return;
  }
  let buffer = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for await (let part of body) {
    letGo(part.length);
    while (part.length > 0) {
      const taken = part.subarray(0, CHUNK_BYTES - used);
      buffer.set(taken, used);
      used += taken.length;
      part = part.subarray(taken.length);
      if (used === CHUNK_BYTES) {
        yield buffer;
        buffer = new Uint8Array(CHUNK_BYTES);
        used = 0;
      }
    }
  }
  if (used > 0) yield buffer.slice(0, used);
}

function tooLarge(maxBytes: number): FaztError {
  return new FaztError("TOO_LARGE", `Cannot store the file: it is larger than ${maxBytes} bytes`, {
    hint: "fazt config set limits.vfs.fileMb <MiB> raises the limit",
    details: { limit: "vfs.fileMb", max: maxBytes },
  });
}

function mismatch(expected: string, actual: string): FaztError {
  return new FaztError("CID_MISMATCH", `Cannot store ${expected}: the content is ${actual}`, {
    hint: "the upload was damaged or cut off; send it again",
    status: 422,
  });
}
