import { FaztError } from "../lib/fazt_error.ts";

/** The manifest's signatures lie beside it under its name with this end. */
export const SIGNATURE_END = ".sig";

/** A key pair as text: the public one raw in base64, the private one as PEM (RFC 8410). */
export interface KeyPairText {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Makes a key pair for signing releases (Ed25519, RFC 8032). */
export async function makeKeyPair(): Promise<KeyPairText> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { publicKey, privateKey } = pair as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  const lines = pkcs8.toBase64().match(/.{1,64}/g)!.join("\n");
  return {
    publicKey: raw.toBase64(),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
  };
}

/** A line of a signature file over these bytes. @throws {FaztError} `INVALID` for what is no key. */
export async function signBytes(
  bytes: Uint8Array<ArrayBuffer>,
  { publicKey, privateKey }: KeyPairText,
): Promise<string> {
  let key: CryptoKey;
  try {
    const body = privateKey.replace(/-----[A-Z ]+-----/g, "").replace(/\s+/g, "");
    const der = Uint8Array.fromBase64(body);
    key = await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
  } catch (cause) {
    throw new FaztError("INVALID", "Cannot sign: this is no Ed25519 private key in PEM", { cause });
  }
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes));
  return `ed25519 ${publicKey} ${signature.toBase64()}\n`;
}

/** Reads public keys as a person writes them: base64, one or more. @throws {FaztError} `INVALID`. */
export function parseKeys(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "").map((word) => {
    if (isPublicKey(word)) return word;
    throw new FaztError("INVALID", `Cannot use "${word.slice(0, 100)}" as a release key`, {
      hint: "an Ed25519 public key is 44 characters of base64",
      status: 422,
    });
  });
}

/** Whether a text is a raw Ed25519 public key in base64. */
export function isPublicKey(text: string): boolean {
  return decode(text)?.length === 32;
}

/** What the signatures beside a manifest prove. */
export type SignatureVerdict =
  | { readonly by: string }
  /** A key that is trusted did not sign these bytes, though the file says so. */
  | { readonly wrong: string }
  /** Only keys that are not trusted. */
  | { readonly strangers: readonly string[] };

/** Judges a signature file: a line that a trusted key signed is enough. */
export async function verifySignatures(
  bytes: Uint8Array<ArrayBuffer>,
  text: string,
  trusted: readonly string[],
): Promise<SignatureVerdict> {
  const strangers: string[] = [];
  let wrong: string | undefined;
  for (const line of text.split("\n").slice(0, 100)) {
    const [name, publicKey, signature] = line.trim().split(/\s+/);
    if (name !== "ed25519" || publicKey === undefined || signature === undefined) continue;
    if (!trusted.includes(publicKey)) {
      strangers.push(publicKey.slice(0, 44));
      continue;
    }
    if (await verifies(bytes, publicKey, signature)) return { by: publicKey };
    wrong ??= publicKey;
  }
  return wrong === undefined ? { strangers } : { wrong };
}

async function verifies(
  bytes: Uint8Array<ArrayBuffer>,
  publicKey: string,
  signature: string,
): Promise<boolean> {
  const [raw, signed] = [decode(publicKey), decode(signature)];
  if (raw?.length !== 32 || signed?.length !== 64) return false;
  try {
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signed, bytes);
  } catch {
    // Not a point of the curve.
    return false;
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return text.length > 200 ? undefined : Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
