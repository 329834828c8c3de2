import { inflateSync } from "node:zlib";
import { FaztError } from "../lib/fazt_error.ts";

/** What the packs of one repository may hold together. */
export interface PackLimits {
  readonly objects: number;
  /** Of all objects, unpacked. */
  readonly inflatedBytes: number;
}

/** Deltas on deltas at most: git's own limit is 4,095, its habit 50. */
const MAX_DEPTH = 4095;
const OFS_DELTA = 6, REF_DELTA = 7;
const OID_BYTES = 20;

/**
 * Walks packs (gitformat-pack(5)) before anything else reads them. Each object says how large it is
 * unpacked, a delta how large its result is: both are counted before memory is given to them, and
 * what does not have the size it told is refused.
 */
export class PackGuard {
  #objects = 0;
  #bytes = 0;

  constructor(private readonly limits: PackLimits) {}

  /** @throws {FaztError} `SOURCE_TOO_LARGE`, `SOURCE_DAMAGED`. */
  check(pack: Uint8Array): void {
    const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
    if (pack.byteLength < 12 + OID_BYTES || view.getUint32(0) !== 0x5041434b) throw damaged();
    const version = view.getUint32(4);
    if (version !== 2 && version !== 3) throw damaged();
    const count = view.getUint32(8);
    this.#objects += count;
    if (this.#objects > this.limits.objects) {
      throw tooLarge(`over ${this.limits.objects} objects`, "git.objects", this.limits.objects);
    }
    const end = pack.byteLength - OID_BYTES;
    const depths = new Map<number, number>();
    let at = 12;
    for (let n = 0; n < count; n++) {
      const start = at;
      let byte = byteAt(pack, at++, end);
      const type = (byte >> 4) & 7;
      let size = byte & 15;
      for (let shift = 4; byte & 0x80; shift += 7) {
        byte = byteAt(pack, at++, end);
        size += (byte & 0x7f) * 2 ** shift;
        if (size > Number.MAX_SAFE_INTEGER) throw damaged();
      }
      if (type === OFS_DELTA) {
        let offset = 0;
        for (let first = true;; first = false) {
          byte = byteAt(pack, at++, end);
          offset = (first ? 0 : offset + 1) * 128 + (byte & 0x7f);
          if (!(byte & 0x80)) break;
          if (offset > end) throw damaged();
        }
        const depth = depths.get(start - offset);
        if (depth === undefined || depth >= MAX_DEPTH) throw damaged();
        depths.set(start, depth + 1);
      } else if (type === REF_DELTA) {
        at += OID_BYTES;
        depths.set(start, 1);
      } else if (type >= 1 && type <= 4) depths.set(start, 0);
      else throw damaged();
      this.#count(size);
      const { bytes, used } = inflate(pack.subarray(at, end), size);
      at += used;
      if (type === OFS_DELTA || type === REF_DELTA) this.#count(resultSize(bytes));
    }
    if (at !== end) throw damaged();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    const max = this.limits.inflatedBytes;
    if (this.#bytes > max) throw tooLarge(`over ${max} bytes`, "git.inflatedMb", max);
  }
}

function byteAt(pack: Uint8Array, at: number, end: number): number {
  if (at >= end) throw damaged();
  return pack[at]!;
}

function inflate(packed: Uint8Array, size: number): { bytes: Uint8Array; used: number } {
  try {
    const { buffer, engine } = inflateSync(packed, {
      info: true,
      maxOutputLength: Math.max(1, size),
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    if (buffer.byteLength !== size) throw damaged();
    return { bytes: buffer, used: engine.bytesWritten };
  } catch {
    throw damaged();
  }
}

/** The second number of a delta: how large what it makes is. */
function resultSize(delta: Uint8Array): number {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = delta[at++];
      if (byte === undefined || shift > 49) throw damaged();
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte & 0x80)) return value;
    }
  };
  read();
  return read();
}

function damaged(): FaztError {
  return new FaztError("SOURCE_DAMAGED", "Cannot read the repository: what it sent is no pack", {
    hint: "try again; git fsck on its server finds what is wrong there",
    status: 422,
  });
}

function tooLarge(what: string, limit: string, max: number): FaztError {
  return new FaztError("SOURCE_TOO_LARGE", `Cannot read the repository: it sent ${what}`, {
    hint: `fazt config set limits.${limit} <value> allows more`,
    status: 413,
    details: { limit, max },
  });
}
