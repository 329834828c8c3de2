import type { CID } from "multiformats/cid";
import { concat } from "../lib/concat.ts";

/** An unsigned LEB128 number, as CAR and multiformats write lengths. */
export function varint(n: number): Uint8Array {
  const out: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push(n % 128 | 128);
  return Uint8Array.from([...out, n]);
}

const text = (value: string) => new TextEncoder().encode(value);

/** The header of a CARv1 with one root: the DAG-CBOR of `{roots: [cid], version: 1}`. */
export function carHeader(root: CID): Uint8Array<ArrayBuffer> {
  const body = concat([
    // A map of two; "roots" is a list of one, tag 42 is a cid as bytes after a zero (DAG-CBOR).
    Uint8Array.of(0xa2, 0x65),
    text("roots"),
    Uint8Array.of(0x81, 0xd8, 0x2a, 0x58, root.bytes.length + 1, 0),
    root.bytes,
    Uint8Array.of(0x67),
    text("version"),
    Uint8Array.of(1),
  ]);
  return concat([varint(body.length), body]);
}

/** One block of a CARv1. */
export function carFrame(cid: CID, block: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([varint(cid.bytes.length + block.length), cid.bytes, block]);
}
