import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";
import { failure } from "./crypto_bytes.ts";

const ALGORITHMS = {
  "blake2b512": blake2b,
  "blake2s256": blake2s,
  "md5": md5,
  "ripemd160": ripemd160,
  "sha1": sha1,
  "sha224": sha224,
  "sha256": sha256,
  "sha3-224": sha3_224,
  "sha3-256": sha3_256,
  "sha3-384": sha3_384,
  "sha3-512": sha3_512,
  "sha384": sha384,
  "sha512": sha512,
  "sha512-224": sha512_224,
  "sha512-256": sha512_256,
};

/** One hash function; all of them have the same shape. */
export type Algorithm = typeof sha256;

/** The names {@link algorithm} knows. */
export function getHashes(): string[] {
  return Object.keys(ALGORITHMS);
}

/** A hash function by its OpenSSL name, in any case; `SHA-256` and `RSA-SHA256` are `sha256`. */
export function algorithm(name: string): Algorithm {
  const plain = String(name).toLowerCase().replace(/^rsa-/, "").replace(/^sha-/, "sha")
    .replace("/", "-");
  if (Object.hasOwn(ALGORITHMS, plain)) {
    return ALGORITHMS[plain as keyof typeof ALGORITHMS] as unknown as Algorithm;
  }
  throw failure(Error, "ERR_CRYPTO_INVALID_DIGEST", `Digest method not supported: ${name}`);
}
