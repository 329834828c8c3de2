import { sha256 } from "@noble/hashes/sha2.js";

/** The largest file whose id is its plain hash: one chunk. */
export const ONE_CHUNK = 256 * 1024;

/**
 * The content id of a file of one chunk: CIDv1, raw, SHA-256, Base32 (multiformats). Not by
 * WebCrypto, which plain HTTP pages do not have.
 */
export function cidOfChunk(bytes: Uint8Array): string {
  if (bytes.length > ONE_CHUNK) throw new RangeError("more than one chunk");
  return "b" + base32(new Uint8Array([1, 0x55, 0x12, 32, ...sha256(bytes)]));
}

/** RFC 4648 §6, lower case, without padding. */
function base32(bytes: Uint8Array): string {
  let [text, bits, value] = ["", 0, 0];
  for (const byte of bytes) {
    value = (value << 8 | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      text += "abcdefghijklmnopqrstuvwxyz234567"[value >> (bits - 5) & 31];
      bits -= 5;
    }
  }
  return bits === 0 ? text : text + "abcdefghijklmnopqrstuvwxyz234567"[value << (5 - bits) & 31];
}
