/** What the listener tells of the connection a request came by. */
export interface ConnectionInfo {
  /** The peer, or what a trusted PROXY header says of it. */
  readonly remoteAddr: Deno.NetAddr;
  /** Settles when the answer has been sent whole, or nobody is there to take it. */
  readonly completed: Promise<unknown>;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Whether HTTP/2 was agreed on: then the target names the host, not a field (RFC 9113 §8.3.1). */
  readonly http2: boolean;
}

/** Answers the requests of every connection. */
export type RequestHandler = (
  request: Request,
  info: ConnectionInfo,
) => Response | Promise<Response>;
