import type { ServedCertificate } from "../../net/mod.ts";

/** What the kernel tells the thread that speaks TLS. Ids are the thread's, doors the kernel's. */
export type ToTlsThread =
  /** Where decrypted connections go: a Unix socket of the kernel. */
  | { readonly kind: "start"; readonly path: string }
  | {
    readonly kind: "listen";
    readonly door: number;
    readonly hostname: string;
    readonly port: number;
  }
  /** Takes no further connection there. */
  | { readonly kind: "leave"; readonly door: number }
  /** A connection got a place: it may shake hands, after a look at its hello where that is told. */
  | { readonly kind: "admit"; readonly id: number; readonly peek: boolean }
  | { readonly kind: "close"; readonly id: number }
  /** The answer to a `hello`; PEM, or nothing where there is none. */
  | {
    readonly kind: "certificate";
    readonly id: number;
    readonly found: ServedCertificate | undefined;
  };

/** What the thread tells the kernel. */
export type FromTlsThread =
  /** Whether the relay does what it must on this Deno. */
  | { readonly kind: "started"; readonly works: boolean }
  | { readonly kind: "listening"; readonly door: number; readonly port: number }
  | {
    readonly kind: "lost";
    readonly door: number;
    readonly code: string | undefined;
    readonly message: string;
  }
  | {
    readonly kind: "arrived";
    readonly door: number;
    readonly id: number;
    readonly hostname: string;
    readonly port: number;
  }
  /** A client asks for a name (empty where it names none) and offers protocols. */
  | {
    readonly kind: "hello";
    readonly id: number;
    readonly name: string;
    readonly alpn: readonly string[];
  }
  /** Something went wrong that nobody caught; all other connections go on. */
  | { readonly kind: "fault"; readonly message: string }
  /** A connection ended before it was passed on. */
  | { readonly kind: "ended"; readonly id: number; readonly why: string };

/**
 * What a decrypted connection begins with: its id, big-endian, and whether HTTP/2 was agreed on. Id 0 is
 * the thread's own, which gets back what it sends.
 */
export const PREFACE_BYTES = 5;

/** Writes it. */
export function preface(id: number, http2: boolean): Uint8Array {
  const bytes = new Uint8Array(PREFACE_BYTES);
  new DataView(bytes.buffer).setUint32(0, id);
  bytes[4] = http2 ? 1 : 0;
  return bytes;
}

/** Reads it. */
export function readPreface(
  bytes: Uint8Array,
): { readonly id: number; readonly http2: boolean } {
  return { id: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), http2: bytes[4] === 1 };
}
