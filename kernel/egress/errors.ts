import { FaztError } from "../lib/fazt_error.ts";

/** Every way a request can fail to get an answer. */
export type NetCode =
  /** Policy: scheme, host, address or port may not be reached. */
  | "NET_BLOCKED"
  /** The time of the request is over. */
  | "NET_TIMEOUT"
  /** Too many at once, or too many redirects. */
  | "NET_LIMIT"
  /** A body is larger than it may be. */
  | "NET_SIZE"
  /** Too many in this minute. */
  | "NET_RATE"
  /** The secret is unknown, locked, or not for this host. */
  | "NET_AUTH"
  /** The other side cannot be found, reached, trusted or understood. */
  | "NET_ERROR";

const STATUS: Readonly<Record<NetCode, number>> = {
  NET_BLOCKED: 403,
  NET_TIMEOUT: 504,
  NET_LIMIT: 429,
  NET_SIZE: 413,
  NET_RATE: 429,
  NET_AUTH: 403,
  NET_ERROR: 502,
};

/** What a {@link netError} is about. `host` is the requested one, never an address behind it. */
export interface NetErrorOptions {
  readonly host?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error of egress. There is no cause in it: what the network said stays here, because the text
 * of a socket's error names addresses the app is not to know.
 */
export function netError(code: NetCode, why: string, options: NetErrorOptions = {}): FaztError {
  const { host, hint, details } = options;
  const what = host === undefined ? "send this request" : `reach ${host}`;
  return new FaztError(code, `Cannot ${what}: ${why}`, {
    status: STATUS[code],
    ...(hint === undefined ? {} : { hint }),
    details: { ...(host === undefined ? {} : { host }), ...details },
  });
}

/** Whether a text is one of the codes of egress. */
export function isNetCode(text: unknown): text is NetCode {
  return typeof text === "string" && Object.hasOwn(STATUS, text);
}

/** Whether a thrown value is an error of egress. */
export function isNetError(thrown: unknown): thrown is FaztError & { readonly code: NetCode } {
  return thrown instanceof FaztError && isNetCode(thrown.code);
}
