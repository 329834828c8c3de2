import { crc32, deflateRawSync } from "node:zlib";

/** One entry of a forged zip: the content, and every lie about it. */
export interface Forged {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  readonly stored?: boolean;
  readonly flags?: number;
  /** Unix mode, as `zip` on Unix writes it. */
  readonly mode?: number;
  readonly crc?: number;
  readonly declaredSize?: number;
  /** Points the entry at the data of the entry with this number. */
  readonly dataOf?: number;
}

const encode = (text: string | Uint8Array) =>
  typeof text === "string" ? new TextEncoder().encode(text) : text;

/** Writes a zip (APPNOTE 6.3.10) that can be wrong in every way a test needs. Tests only. */
export function forgeZip(entries: readonly Forged[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = encode(entry.name);
    const content = encode(entry.content ?? "");
    const packed = entry.stored ? content : new Uint8Array(deflateRawSync(content));
    const facts = {
      flags: (entry.flags ?? 0) | 0x800,
      method: entry.stored ? 0 : 8,
      crc: entry.crc ?? crc32(content),
      packed: packed.byteLength,
      size: entry.declaredSize ?? content.byteLength,
    };
    const offset = entry.dataOf === undefined ? at : offsets[entry.dataOf]!;
    offsets.push(offset);
    if (entry.dataOf === undefined) {
      const local = [
        header(0x04034b50, [[20, 2], ...common(facts), [name.length, 2], [0, 2]]),
        name,
      ];
      for (const part of [...local, packed]) {
        parts.push(part);
        at += part.byteLength;
      }
    }
    directory.push(
      header(0x02014b50, [
        [0x0314, 2],
        [20, 2],
        ...common(facts),
        [name.length, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [((entry.mode ?? 0o100644) << 16) >>> 0, 4],
        [offset, 4],
      ]),
      name,
    );
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0);
  const count = Math.min(entries.length, 0xffff);
  if (entries.length >= 0xffff) directory.push(...zip64End(entries.length, { size, at }));
  directory.push(
    header(0x06054b50, [[0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [at, 4], [0, 2]]),
  );
  return joined([...parts, ...directory]);
}

/** The zip in one chunk, as an upload. */
export function streamOf(bytes: Uint8Array, chunk = 65536): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunk));
      at += chunk;
    },
  });
}

type Field = readonly [value: number, bytes: 2 | 4 | 8];

function common(
  f: { flags: number; method: number; crc: number; packed: number; size: number },
): Field[] {
  return [[f.flags, 2], [f.method, 2], [0, 2], [0x21, 2], [f.crc, 4], [f.packed, 4], [f.size, 4]];
}

function zip64End(count: number, { size, at }: { size: number; at: number }): Uint8Array[] {
  return [
    header(0x06064b50, [
      [44, 8],
      [45, 2],
      [45, 2],
      [0, 4],
      [0, 4],
      [count, 8],
      [count, 8],
      [size, 8],
      [at, 8],
    ]),
    header(0x07064b50, [[0, 4], [at + size, 8], [1, 4]]),
  ];
}

function header(signature: number, fields: readonly Field[]): Uint8Array {
  const all: Field[] = [[signature, 4], ...fields];
  const view = new DataView(new ArrayBuffer(all.reduce((sum, [, bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [value, bytes] of all) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
