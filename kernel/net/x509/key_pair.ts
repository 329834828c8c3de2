import { toPem } from "../../lib/pem.ts";

/** The curve of every key this node makes: what each CA and browser takes. */
export const EC_P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
/** How they sign (RFC 5480, ES256 of RFC 7518). */
export const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;

/** A new key pair on P-256 that can be written down. */
export async function newKeyPair(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]) as CryptoKeyPair;
}

/** A private key as PKCS #8 (RFC 5958). */
export async function exportKey(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
}

/** A private key as TLS servers read it. */
export async function keyToPem(key: CryptoKey): Promise<string> {
  return toPem("PRIVATE KEY", await exportKey(key));
}

/** The pair of a private key that {@link exportKey} wrote. Throws where it is none. */
export async function importKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<CryptoKeyPair> {
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, EC_P256, true, ["sign"]);
  const { d: _, key_ops: __, ...open } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await crypto.subtle.importKey("jwk", open, EC_P256, true, ["verify"]);
  return { privateKey, publicKey };
}

/** A public key as a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
export async function publicKeyInfo(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", key));
}
