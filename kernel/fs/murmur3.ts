const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

const times = (a: bigint, b: bigint) => (a * b) & MASK;
const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & MASK;
const scramble1 = (k: bigint) => times(rotate(times(k, C1), 31n), C2);
const scramble2 = (k: bigint) => times(rotate(times(k, C2), 33n), C1);

function finish(h: bigint): bigint {
  h = times(h ^ (h >> 33n), 0xff51afd7ed558ccdn);
  h = times(h ^ (h >> 33n), 0xc4ceb9fe1a85ec53n);
  return h ^ (h >> 33n);
}

/**
 * The first half of MurmurHash3 x64-128 with seed 0: what sharded directories of IPFS are sorted
 * by. No cryptographic hash: names that collide can be made.
 */
export function murmur3(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - bytes.length % 16;
  let [h1, h2] = [0n, 0n];
  for (let i = 0; i < whole; i += 16) {
    h1 ^= scramble1(view.getBigUint64(i, true));
    h1 = (times((rotate(h1, 27n) + h2) & MASK, 5n) + 0x52dce729n) & MASK;
    h2 ^= scramble2(view.getBigUint64(i + 8, true));
    h2 = (times((rotate(h2, 31n) + h1) & MASK, 5n) + 0x38495ab5n) & MASK;
  }
  const tail = new DataView(new ArrayBuffer(16));
  bytes.subarray(whole).forEach((byte, i) => tail.setUint8(i, byte));
  h2 ^= scramble2(tail.getBigUint64(8, true));
  h1 ^= scramble1(tail.getBigUint64(0, true));
  const length = BigInt(bytes.length);
  h1 = ((h1 ^ length) + (h2 ^ length)) & MASK;
  h2 = ((h2 ^ length) + h1) & MASK;
  h1 = finish(h1);
  return (h1 + finish(h2)) & MASK;
}
