import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Length of a key, bytes (AES-256). */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D) under a fresh nonce: nonce, tag, ciphertext.
 * What is sealed opens only with the same `context`, so that it cannot be moved elsewhere.
 */
export function seal(key: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(new TextEncoder().encode(context));
  const body = [cipher.update(plain), cipher.final()];
  return join([nonce, cipher.getAuthTag(), ...body]);
}

/** The bytes that were sealed, or undefined: another key, another context, or a changed text. */
export function unseal(
  key: Uint8Array,
  sealed: Uint8Array,
  context: string,
): Uint8Array | undefined {
  if (sealed.byteLength < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const cipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(new TextEncoder().encode(context));
  cipher.setAuthTag(tag);
  try {
    return join([cipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), cipher.final()]);
  } catch {
    return undefined;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}
