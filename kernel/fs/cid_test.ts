import assert from "node:assert/strict";
import { CidBuilder, cidOf, isCid } from "./cid.ts";

/** Made with ipfs-unixfs-importer 17: rawLeaves, 262,144-byte chunks, 174 links a node. */
const VECTORS: readonly [number, string][] = [
  [0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
  [1, "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu"],
  [262144, "bafkreicvfbbyczoo3ygzrdpbema3omhoy6ruu5f4pp2zypif4rajh37ff4"],
  [262145, "bafybeigbq5cek4rpq2max4gpuw7weecgcxpzsz7iswpznhedyvtmwu6bs4"],
  [3_000_000, "bafybeiclkkw2yicxeans32h4ioojglqp5rrbmjosd4ryoifxbqqvlx73ry"],
  [45_613_056, "bafybeih3yk5mp6riglqe4r3cik36l4lkgd57mcahnlxrqalqqxkwwsirge"],
  [45_875_200, "bafybeiciqnbi54ozuuhqrntefc6qnmvml54fxvyr25dd5ai4vwbtxeo34u"],
];

function sample(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 97) bytes[i] = (i * 31) & 255;
  return bytes;
}

Deno.test("a cid is the one IPFS tools compute, at every border of chunk and node", () => {
  for (const [size, cid] of VECTORS) assert.equal(cidOf(sample(size)), cid, `${size} bytes`);
});

Deno.test("the pieces a file arrives in do not change its cid", () => {
  const bytes = sample(600_000);
  for (const piece of [1, 7919, 262_144, 262_145]) {
    const builder = new CidBuilder();
    const step = piece === 1 ? 100_003 : piece;
    for (let i = 0; i < bytes.length; i += step) builder.update(bytes.subarray(i, i + step));
    assert.equal(builder.size, bytes.length);
    assert.equal(builder.digest(), cidOf(bytes));
  }
});

Deno.test("only what a cid can be is taken for one", () => {
  assert.ok(isCid(VECTORS[0]![1]) && isCid(VECTORS[3]![1]));
  for (const bad of ["", "Qm123", VECTORS[0]![1].toUpperCase(), VECTORS[0]![1] + "a"]) {
    assert.equal(isCid(bad), false, bad);
  }
});
