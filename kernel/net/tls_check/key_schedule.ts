import { createCipheriv, createHash, createHmac } from "node:crypto";

/** SHA-256 throughout: what TLS_AES_128_GCM_SHA256 goes with (RFC 8446 §B.4). */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** HMAC with SHA-256 (RFC 2104). */
export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}

/** HKDF-Expand-Label (RFC 8446 §7.1), of at most one block. */
export function expandLabel(
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  const info = [0, length, name.length, ...name, context.length, ...context, 1];
  return hmac(secret, new Uint8Array(info)).subarray(0, length);
}

/** The server's handshake traffic secret of a key exchange without PSK (RFC 8446 §7.1). */
export function serverHandshakeSecret(shared: Uint8Array, transcript: Uint8Array): Uint8Array {
  const zeros = new Uint8Array(32);
  const early = hmac(zeros, zeros);
  const handshake = hmac(expandLabel(early, "derived", sha256(), 32), shared);
  return expandLabel(handshake, "s hs traffic", transcript, 32);
}

/** The first record that a traffic secret protects (RFC 8446 §5.2), of handshake messages. */
export function protectedRecord(secret: Uint8Array, messages: Uint8Array): Uint8Array {
  const key = expandLabel(secret, "key", new Uint8Array(), 16);
  // The number of the record is 0, so the nonce is the IV itself (RFC 8446 §5.3).
  const nonce = expandLabel(secret, "iv", new Uint8Array(), 12);
  const length = messages.length + 1 + 16;
  const header = new Uint8Array([23, 3, 3, length >> 8, length & 255]);
  const cipher = createCipheriv("aes-128-gcm", key, nonce).setAAD(header);
  const sealed = cipher.update(new Uint8Array([...messages, 22]));
  cipher.final();
  return new Uint8Array([...header, ...sealed, ...cipher.getAuthTag()]);
}
