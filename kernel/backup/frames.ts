import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { damaged } from "./header.ts";

/** Bytes that are compressed at once. */
const PART_BYTES = 4 * 1024 * 1024;
/** What a part that does not compress may grow by. */
const SLACK = 65_536;
/** A skippable frame (RFC 8878 §3.1.2): `zstd -d` reads over it. */
const SKIPPABLE = 0x184d2a50;
const MARK_BYTES = 12;
/** Fast, and close to what higher levels save on databases. */
const LEVEL = 3;

/**
 * Compresses into one zstd frame for every 4 MiB; before each a skippable frame says how long it
 * is, so that it is unpacked at once and within bounds. The whole is what `zstd -d` reads.
 */
export function* compressed(source: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const part of parts(source)) {
    const frame = zstdCompressSync(part, {
      params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    });
    const mark = new Uint8Array(MARK_BYTES);
    const view = new DataView(mark.buffer);
    view.setUint32(0, SKIPPABLE, true);
    view.setUint32(4, 4, true);
    view.setUint32(8, frame.length, true);
    yield mark;
    yield frame;
  }
}

/** @throws {FaztError} `BACKUP_DAMAGED`. */
export function* decompressed(source: Iterable<Uint8Array>): Generator<Uint8Array> {
  const reader = new Reader(source);
  for (;;) {
    const mark = reader.take(MARK_BYTES);
    if (mark.length === 0) return;
    const view = new DataView(mark.buffer, mark.byteOffset, mark.length);
    if (
      mark.length < MARK_BYTES || view.getUint32(0, true) !== SKIPPABLE ||
      view.getUint32(4, true) !== 4
    ) throw damaged("a part of it is not where it should be");
    const length = view.getUint32(8, true);
    if (length > PART_BYTES + SLACK) throw damaged("a part of it is too large");
    const frame = reader.take(length);
    if (frame.length < length) throw damaged("it was cut off");
    try {
      yield zstdDecompressSync(frame, { maxOutputLength: PART_BYTES });
    } catch {
      throw damaged("a part of it does not unpack");
    }
  }
}

function* parts(source: Iterable<Uint8Array>): Generator<Uint8Array> {
  const reader = new Reader(source);
  for (;;) {
    const part = reader.take(PART_BYTES);
    if (part.length === 0) return;
    yield part;
  }
}

/** Takes as many bytes as are wanted from pieces of any length. */
class Reader {
  readonly #source: Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: Iterable<Uint8Array>) {
    this.#source = source[Symbol.iterator]();
  }

  /** So many bytes, or fewer at the end. */
  take(length: number): Uint8Array {
    const out = new Uint8Array(length);
    let used = 0;
    while (used < length) {
      if (this.#rest.length === 0) {
        const next = this.#source.next();
        if (next.done) return out.subarray(0, used);
        this.#rest = next.value;
        continue;
      }
      const taken = this.#rest.subarray(0, length - used);
      out.set(taken, used);
      used += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return out;
  }
}
