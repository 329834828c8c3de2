import { ES256 } from "./key_pair.ts";

/** Signs with ECDSA and gives the signature as X.509 has it: a DER sequence of r and s (RFC 3279). */
export async function signDer(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = new Uint8Array(await crypto.subtle.sign(ES256, key, bytes));
  const half = raw.length / 2;
  const body = [...integer(raw.subarray(0, half)), ...integer(raw.subarray(half))];
  return new Uint8Array([0x30, body.length, ...body]);
}

/** A non-negative number as a DER INTEGER: shortest form, never with the sign bit set. */
function integer(bytes: Uint8Array): number[] {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? [0] : [...bytes.subarray(first)];
  if (digits[0]! & 0x80) digits.unshift(0);
  return [0x02, digits.length, ...digits];
}
