/** How accounts sign (RFC 7518 §3.4). */
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;
const BASE64_URL = { alphabet: "base64url", omitPadding: true } as const;

/** Bytes or text in base64url without padding (RFC 7515 §2). */
export function base64Url(data: Uint8Array | string): string {
  return (typeof data === "string" ? new TextEncoder().encode(data) : data).toBase64(BASE64_URL);
}

/** A signed body (RFC 7515 §7.2.2). */
export interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** A public key of P-256, members in the order of RFC 7638. */
export interface PublicJwk {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
}

/** The public half of an account's key. */
export async function publicJwk(key: CryptoKey): Promise<PublicJwk> {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", key);
  return { crv: crv!, kty: kty!, x: x!, y: y! };
}

/** The key's thumbprint (RFC 7638), the second half of every key authorization. */
export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const { crv, kty, x, y } = jwk;
  const bytes = new TextEncoder().encode(JSON.stringify({ crv, kty, x, y }));
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Signs with an account's key; an undefined payload is a POST-as-GET (RFC 8555 §6.3). */
export async function signJws(
  header: Readonly<Record<string, unknown>>,
  { payload, key }: { readonly payload: unknown; readonly key: CryptoKey },
): Promise<Jws> {
  const head = base64Url(JSON.stringify({ alg: "ES256", ...header }));
  const body = payload === undefined ? "" : base64Url(JSON.stringify(payload));
  const input = new TextEncoder().encode(`${head}.${body}`);
  const signature = base64Url(new Uint8Array(await crypto.subtle.sign(ES256, key, input)));
  return { protected: head, payload: body, signature };
}

/** Binds an account to one the CA already knows (RFC 8555 §7.3.4). */
export async function externalBinding(
  jwk: PublicJwk,
  { keyId, hmacKey, url }: {
    readonly keyId: string;
    readonly hmacKey: Uint8Array<ArrayBuffer>;
    readonly url: string;
  },
): Promise<Jws> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", hmacKey, hmac, false, ["sign"]);
  const head = base64Url(JSON.stringify({ alg: "HS256", kid: keyId, url }));
  const body = base64Url(JSON.stringify(jwk));
  const input = new TextEncoder().encode(`${head}.${body}`);
  const signature = base64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, input)));
  return { protected: head, payload: body, signature };
}
