import { createHash, timingSafeEqual } from "node:crypto";
import { base58 } from "../lib/ids.ts";

/** Length of the random part of a token: 40 characters of 34 is about 2^203. */
const LENGTH = 40;

/** A new secret with a prefix that says what it is, such as `fazt_…`. */
export function newToken(prefix: string): string {
  return prefix + base58(LENGTH);
}

/** What is kept of a secret: its SHA-256. */
export function tokenHash(token: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(token).digest());
}

/** Whether two hashes are equal, in a time that does not depend on where they differ. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
