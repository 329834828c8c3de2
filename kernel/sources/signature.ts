import { createHash } from "node:crypto";
import { FaztError } from "../lib/fazt_error.ts";
import { z } from "../lib/zod.ts";

/** The file with a folder's signature, beside its `app.json`. */
export const SIGNATURE_FILE = "fazt.sig";
const FORMAT = "fazt-sig-1";
const PREFIX = "ed25519:";
const KEY_BYTES = 32;

/** One file as a signature sees it. */
export interface SignedFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of its content, hex. */
  readonly sha256: string;
}

const schema = z.strictObject({
  format: z.literal(FORMAT),
  key: z.string().refine(isSignerKey),
  signature: z.base64url().max(200),
});

/** SHA-256 of some bytes, hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether a text is a key that signs: `ed25519:` and 32 bytes in base64url. */
export function isSignerKey(text: string): boolean {
  return text.startsWith(PREFIX) && bytesOf(text.slice(PREFIX.length))?.length === KEY_BYTES;
}

/**
 * What is signed: a line for the format, then one for each file that is shipped except the signature
 * itself, sorted by the bytes of their paths. A path can hold no line break, so there is one reading.
 */
export function signedText(files: readonly SignedFile[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const lines = files.filter(({ path }) => path !== SIGNATURE_FILE)
    .map(({ path, size, sha256 }) => ({ path: encoder.encode(path), size, sha256, text: path }))
    .sort((a, b) => compare(a.path, b.path))
    .map(({ size, sha256, text }) => `${sha256} ${size} ${text}\n`);
  return encoder.encode(`${FORMAT}\n${lines.join("")}`);
}

/** Signs files; gives the content of the signature's file. */
export async function sign(
  files: readonly SignedFile[],
  { privateKey, publicKey }: CryptoKeyPair,
): Promise<string> {
  const signature = await crypto.subtle.sign("Ed25519", privateKey, signedText(files));
  const key = await signerKey(publicKey);
  return JSON.stringify(
    { format: FORMAT, key, signature: text(new Uint8Array(signature)) },
    null,
    2,
  ) + "\n";
}

/** A public key as text. */
export async function signerKey(key: CryptoKey): Promise<string> {
  return PREFIX + text(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
}

/**
 * Checks the signature of files (Ed25519, RFC 8032); gives the key it was made with.
 * @throws {FaztError} `SIGNATURE_INVALID`
 */
export async function verify(files: readonly SignedFile[], content: Uint8Array): Promise<string> {
  let parsed;
  try {
    parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(content)));
  } catch {
    parsed = undefined;
  }
  if (!parsed?.success) throw invalid(`${SIGNATURE_FILE} cannot be read`);
  const { key, signature } = parsed.data;
  const raw = bytesOf(key.slice(PREFIX.length))!;
  const sound = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]).then(
    (imported) => crypto.subtle.verify("Ed25519", imported, bytesOf(signature)!, signedText(files)),
  ).catch(() => false);
  if (sound) return key;
  throw invalid("the files are not those that were signed");
}

function invalid(why: string): FaztError {
  return new FaztError("SIGNATURE_INVALID", `Cannot use this app: ${why}`, {
    hint: "its author signs it anew (fazt app sign FOLDER); do not install it until then",
    status: 422,
  });
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

const text = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64url, { alphabet: "base64url" }) as Uint8Array<ArrayBuffer>;
  } catch {
    return undefined;
  }
}
