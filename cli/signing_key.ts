import { dirname, resolve } from "node:path";
import { signerKey } from "../kernel/sources/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Context } from "./context.ts";

/** A key pair in a file of this machine. */
export interface SigningKey {
  readonly pair: CryptoKeyPair;
  /** The public one: `ed25519:…`. */
  readonly key: string;
  readonly file: string;
  /** It was not there before. */
  readonly created: boolean;
}

const HEAD = "-----BEGIN PRIVATE KEY-----", FOOT = "-----END PRIVATE KEY-----";

/**
 * The key that signs: in the file that `--key` names, else beside the local database. It is made
 * where there is none and `create` is said.
 * @throws {FaztError} `NOT_FOUND`, `INVALID`.
 */
export async function signingKey(
  ctx: Pick<Context<unknown, { readonly key?: string }>, "dbPath" | "flags" | "io">,
  { create }: { readonly create: boolean },
): Promise<SigningKey> {
  const file = ctx.flags.key === undefined
    ? `${dirname(ctx.dbPath)}/signing.pem`
    : resolve(ctx.io.cwd, ctx.flags.key);
  const text = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (text !== undefined) return { ...await read(text, file), file, created: false };
  if (!create) {
    throw new FaztError("NOT_FOUND", `Cannot sign: there is no key in ${file}`, {
      hint: "fazt market key makes one",
    });
  }
  const pair = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, `${HEAD}\n${der.toBase64()}\n${FOOT}\n`, {
    mode: 0o600,
    createNew: true,
  });
  return { pair, key: await signerKey(pair.publicKey), file, created: true };
}

/** PKCS #8 in PEM (RFC 8410 §7), as `openssl genpkey -algorithm ed25519` writes it too. */
async function read(text: string, file: string): Promise<Pick<SigningKey, "pair" | "key">> {
  try {
    const body = text.split(HEAD)[1]!.split(FOOT)[0]!.replace(/\s+/g, "");
    const der = Uint8Array.fromBase64(body) as Uint8Array<ArrayBuffer>;
    const privateKey = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", privateKey);
    const jwk = { kty: "OKP", crv: "Ed25519", x: x! };
    const publicKey = await crypto.subtle.importKey("jwk", jwk, "Ed25519", true, ["verify"]);
    return { pair: { privateKey, publicKey }, key: await signerKey(publicKey) };
  } catch {
    throw new FaztError("INVALID", `Cannot sign: ${file} holds no Ed25519 key`, {
      hint: "fazt market key --key FILE makes one where there is no file",
    });
  }
}
