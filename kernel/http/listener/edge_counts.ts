/** What the listener counts, from its start on. */
export interface EdgeCounts {
  /** Connections taken. */
  accepted: number;
  /** Connections open now. */
  open: number;
  /** The most there were at once. */
  peak: number;
  /** Requests that arrived. */
  requests: number;
  /** Connections sent away, by why. */
  readonly refused: Record<"address" | "total" | "proxy", number>;
  /** Connections the listener closed, by the deadline they missed. */
  readonly late: Record<"handshake" | "header" | "idle", number>;
  /** Idle connections closed to make room. */
  evicted: number;
  /** Errors of the machine when a connection was taken. */
  acceptErrors: number;
  readonly tls: {
    /** Handshakes that succeeded. */
    handshakes: number;
    /** Handshakes that did not, by why. */
    readonly failed: Record<TlsFailure, number>;
  };
}

/** Why a handshake failed. */
export type TlsFailure = "no-certificate" | "protocol" | "alpn" | "hello" | "timeout" | "closed";

/** All of them at zero. */
export function newEdgeCounts(): EdgeCounts {
  return {
    accepted: 0,
    open: 0,
    peak: 0,
    requests: 0,
    refused: { address: 0, total: 0, proxy: 0 },
    late: { handshake: 0, header: 0, idle: 0 },
    evicted: 0,
    acceptErrors: 0,
    tls: {
      handshakes: 0,
      failed: { "no-certificate": 0, protocol: 0, alpn: 0, hello: 0, timeout: 0, closed: 0 },
    },
  };
}

/** Which failure a handshake's error is; what the library says is all there is to tell it by. */
export function tlsFailure(text: string): TlsFailure {
  if (text === NO_CERTIFICATE) return "no-certificate";
  if (/known protocol/.test(text)) return "alpn";
  if (/corrupt|ContentType|invalid message|InvalidMessage|misbehaved/i.test(text)) return "hello";
  if (/incompatible|protocol version|alert/i.test(text)) return "protocol";
  return "closed";
}

/** What a handshake ends with where there is no certificate. */
export const NO_CERTIFICATE = "there is no certificate for this name";
