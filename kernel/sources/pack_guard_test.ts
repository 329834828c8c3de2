import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import type { FaztError } from "../lib/fazt_error.ts";
import { PackGuard } from "./pack_guard.ts";

const LIMITS = { objects: 100, inflatedBytes: 10_000 };
const BLOB = 3, OFS_DELTA = 6, REF_DELTA = 7;

interface Packed {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** What its header says; default: the truth. */
  readonly size?: number;
  /** Between header and content. */
  readonly base?: readonly number[];
}

/** A pack as gitformat-pack(5) has it, sound or not. */
function packOf(objects: readonly Packed[], count = objects.length): Uint8Array {
  const parts: number[] = [...new TextEncoder().encode("PACK"), 0, 0, 0, 2];
  parts.push(count >>> 24, (count >> 16) & 255, (count >> 8) & 255, count & 255);
  for (const { type, bytes, size = bytes.length, base = [] } of objects) {
    let rest = Math.floor(size / 16);
    parts.push((rest > 0 ? 0x80 : 0) | (type << 4) | (size % 16));
    while (rest > 0) {
      const next = Math.floor(rest / 128);
      parts.push((next > 0 ? 0x80 : 0) | (rest % 128));
      rest = next;
    }
    parts.push(...base, ...deflateSync(bytes));
  }
  return new Uint8Array([...parts, ...new Uint8Array(20)]);
}

const varint = (n: number): number[] =>
  n < 128 ? [n] : [0x80 | (n % 128), ...varint(Math.floor(n / 128))];
const delta = (result: number) => new Uint8Array([...varint(5), ...varint(result), 1, 65]);
const text = (size: number) => new Uint8Array(size).fill(65);
const judged = (pack: Uint8Array, limits = LIMITS) => {
  try {
    new PackGuard(limits).check(pack);
    return "sound";
  } catch (error) {
    return (error as FaztError).code;
  }
};

Deno.test("a sound pack passes, up to exactly its limits", () => {
  assert.equal(judged(packOf([{ type: BLOB, bytes: text(5) }])), "sound");
  assert.equal(judged(packOf([{ type: BLOB, bytes: text(10_000) }])), "sound");
  assert.equal(judged(packOf([{ type: BLOB, bytes: text(10_001) }])), "SOURCE_TOO_LARGE");
  const many = (n: number) => packOf(Array(n).fill({ type: BLOB, bytes: text(1) }));
  assert.equal(judged(many(100)), "sound");
  assert.equal(judged(many(101)), "SOURCE_TOO_LARGE");
});

Deno.test("the packs of one repository count together", () => {
  const guard = new PackGuard(LIMITS);
  guard.check(packOf([{ type: BLOB, bytes: text(6000) }]));
  assert.throws(() => guard.check(packOf([{ type: BLOB, bytes: text(6000) }])), {
    code: "SOURCE_TOO_LARGE",
  });
});

Deno.test("what a delta makes is counted before it is made", () => {
  const first = { type: BLOB, bytes: text(5) };
  const base = packOf([first]).length - 12 - 20;
  const of = (result: number, offset = base) =>
    packOf([first, { type: OFS_DELTA, bytes: delta(result), base: [offset] }]);
  assert.equal(judged(of(5)), "sound");
  assert.equal(judged(of(2 ** 40)), "SOURCE_TOO_LARGE");
  assert.equal(judged(of(5, base + 1)), "SOURCE_DAMAGED");
  const ref = { type: REF_DELTA, bytes: delta(2 ** 30), base: Array(20).fill(7) };
  assert.equal(judged(packOf([ref])), "SOURCE_TOO_LARGE");
});

Deno.test("an object that is not what it says is refused", () => {
  const bytes = text(100);
  for (
    const pack of [
      packOf([{ type: BLOB, bytes, size: 99 }]),
      packOf([{ type: BLOB, bytes, size: 101 }]),
      packOf([{ type: BLOB, bytes: text(5_000_000), size: 10 }]),
      packOf([{ type: 0, bytes }]),
      packOf([{ type: 5, bytes }]),
      packOf([{ type: BLOB, bytes }], 2),
      packOf([{ type: BLOB, bytes }], 0),
      packOf([{ type: BLOB, bytes }]).slice(0, -25),
      new Uint8Array(10),
    ]
  ) assert.equal(judged(pack), "SOURCE_DAMAGED");
  assert.equal(judged(packOf([{ type: BLOB, bytes, size: 2 ** 50 }])), "SOURCE_TOO_LARGE");
});

Deno.test("no bytes end it otherwise than by its two errors", () => {
  const good = packOf([
    { type: BLOB, bytes: text(50) },
    { type: REF_DELTA, bytes: delta(20), base: Array(20).fill(1) },
  ]);
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255))), (changes) => {
    const pack = good.slice();
    for (const [at, byte] of changes) pack[at] = byte;
    assert.match(judged(pack), /^(sound|SOURCE_DAMAGED|SOURCE_TOO_LARGE)$/);
  }));
});
