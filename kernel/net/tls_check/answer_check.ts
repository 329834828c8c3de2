import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { certificatesIn } from "../../lib/pem.ts";
import { ACME_TLS, type ServedCertificate } from "../tls/certificate_source.ts";
import type { ClientHello } from "./client_hello.ts";
import {
  expandLabel,
  hmac,
  protectedRecord,
  serverHandshakeSecret,
  sha256,
} from "./key_schedule.ts";

const TLS_1_3 = 0x0304;
const AES_128_GCM_SHA256 = 0x1301;
const ECDSA_P256_SHA256 = 0x0403;
const X25519 = 0x001d;
/** What a refusal looks like: a fatal handshake_failure (RFC 8446 §6.2). */
const REFUSAL = new Uint8Array([21, 3, 3, 0, 2, 2, 40]);

/** Whether a client is an authority that checks a name (RFC 8737 §3): it offers that and nothing else. */
export function isCheck({ alpn }: ClientHello): boolean {
  return alpn.length === 1 && alpn[0] === ACME_TLS;
}

/**
 * Everything a server says in a handshake that proves it has a certificate, and nothing comes after:
 * TLS 1.3 with X25519, AES-128-GCM and ECDSA on P-256, which every implementation of it has. Deno's own
 * TLS refuses to serve a certificate with the extension that is asked for.
 * @returns what to send; a refusal where there is no certificate or the client offers less
 */
export async function answerCheck(
  hello: ClientHello,
  certificate: ServedCertificate | undefined,
): Promise<Uint8Array> {
  const share = hello.keyShares.get(X25519);
  const isUsable = hello.versions.includes(TLS_1_3) &&
    hello.ciphers.includes(AES_128_GCM_SHA256) && hello.signatures.includes(ECDSA_P256_SHA256);
  if (certificate === undefined || !isUsable || share?.length !== 32) return REFUSAL;
  const { ours, shared } = await exchange(share as Uint8Array<ArrayBuffer>);

  const serverHello = message(2, [
    ...[3, 3, ...randomBytes(32), hello.sessionId.length, ...hello.sessionId],
    ...[...two(AES_128_GCM_SHA256), 0],
    ...vector(2, [
      ...[...two(43), ...vector(2, two(TLS_1_3))],
      ...[...two(51), ...vector(2, [...two(X25519), ...vector(2, ours)])],
    ]),
  ]);
  const secret = serverHandshakeSecret(shared, sha256(hello.message, serverHello));

  const [der] = certificatesIn(certificate.cert);
  const protocol = vector(1, new TextEncoder().encode(ACME_TLS));
  const extensions = message(8, vector(2, [...two(16), ...vector(2, vector(2, protocol))]));
  const chain = message(11, [0, ...vector(3, [...vector(3, der!), 0, 0])]);
  const said = [hello.message, serverHello, extensions, chain];
  const signature = signed(certificate.key, sha256(...said));
  const proof = message(15, [...two(ECDSA_P256_SHA256), ...vector(2, signature)]);
  const finishedKey = expandLabel(secret, "finished", new Uint8Array(), 32);
  const finished = message(20, hmac(finishedKey, sha256(...said, proof)));

  return new Uint8Array([
    ...[22, 3, 3, ...vector(2, serverHello)],
    // For what stands between and knows TLS 1.2 only (RFC 8446 §D.4).
    ...hello.sessionId.length > 0 ? [20, 3, 3, 0, 1, 1] : [],
    ...protectedRecord(secret, new Uint8Array([...extensions, ...chain, ...proof, ...finished])),
  ]);
}

/** X25519 (RFC 7748) with a key of this one handshake. */
async function exchange(share: Uint8Array<ArrayBuffer>) {
  const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
  const theirs = await crypto.subtle.importKey("raw", share, "X25519", false, []);
  const shared = await crypto.subtle.deriveBits(
    { name: "X25519", public: theirs },
    pair.privateKey,
    256,
  );
  return {
    ours: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    shared: new Uint8Array(shared),
  };
}

/** CertificateVerify (RFC 8446 §4.4.3). */
function signed(key: string, transcript: Uint8Array): Uint8Array {
  const context = new TextEncoder().encode(`${" ".repeat(64)}TLS 1.3, server CertificateVerify\0`);
  return sign("sha256", new Uint8Array([...context, ...transcript]), createPrivateKey(key));
}

function message(type: number, body: Iterable<number>): Uint8Array {
  return new Uint8Array([type, ...vector(3, body)]);
}

function vector(lengthBytes: 1 | 2 | 3, body: Iterable<number>): number[] {
  const bytes = [...body];
  const length = [bytes.length >> 16, bytes.length >> 8 & 255, bytes.length & 255];
  return [...length.slice(3 - lengthBytes), ...bytes];
}

const two = (number: number): number[] => [number >> 8, number & 255];
