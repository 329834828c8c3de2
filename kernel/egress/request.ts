import { parseDuration } from "../lib/duration.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { isNetCode, type NetCode, netError } from "./errors.ts";
import { type Header, requestHeaders } from "./headers.ts";
import { OutgoingBody } from "./outgoing_body.ts";
import { type Target, targetOf } from "./target.ts";

/** What an app asks for; the names are those of `fazt.net.fetch`. */
export interface EgressRequest {
  /** Absolute. */
  readonly url: string;
  /** Default `GET`. */
  readonly method?: string | undefined;
  readonly headers?: readonly Header[] | undefined;
  readonly body?: Uint8Array | ReadableStream<Uint8Array> | undefined;
  /** Default `follow`. */
  readonly redirect?: "follow" | "error" | "manual" | undefined;
  /** For everything, body and retries included; the setting's value if left out, 5 min at most. */
  readonly timeoutMs?: number | undefined;
  /** Name of a secret the request carries. */
  readonly auth?: string | undefined;
  /** `bearer` (default), `basic`, `header:<name>` or `query:<name>`. */
  readonly authMode?: string | undefined;
  /** How long an answer may be used again: ms, or a duration such as `5m`. */
  readonly cache?: number | string | undefined;
  /** What tells one cached answer from another, instead of URL and headers. */
  readonly cacheKey?: string | undefined;
  /** Asks again although there is a cached answer. */
  readonly cacheRefresh?: boolean | undefined;
  /** Further attempts, 5 at most; default none. */
  readonly retry?: number | undefined;
  /** Before the first further attempt: ms or a duration; default 500 ms. */
  readonly retryDelay?: number | string | undefined;
  /** What the delay is multiplied with each time; default 2. */
  readonly retryBackoff?: number | undefined;
  /** Statuses and codes worth another attempt; naming them also allows it for `POST`. */
  readonly retryOn?: readonly (number | string)[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How often and when a request is tried again. */
export interface RetryPlan {
  readonly times: number;
  readonly delayMs: number;
  readonly backoff: number;
  readonly on: ReadonlySet<number | NetCode>;
}

/** How an answer is kept. */
export interface CachePlan {
  readonly ttlMs: number;
  readonly key: string | undefined;
  readonly refresh: boolean;
}

/** A request that was read and found to be one. */
export interface Prepared {
  readonly target: Target;
  readonly method: string;
  readonly headers: readonly Header[];
  readonly body: OutgoingBody | undefined;
  readonly redirect: "follow" | "error" | "manual";
  readonly retry: RetryPlan;
  readonly cache: CachePlan | undefined;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;
/** Written in any case, meant in upper case (Fetch standard, normalize a method). */
const NORMALIZED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
/** `CONNECT` opens a tunnel, `TRACE` shows what was sent, secrets included. */
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const RETRY_ON: readonly (number | string)[] = [408, 429, 502, 503, 504, "NET_ERROR"];
const MAX_RETRIES = 5;
const MAX_DELAY_MS = 60_000;
const MAX_TTL_MS = 7 * 86_400_000;

/**
 * Reads a request.
 * @throws {FaztError} `INVALID` for what is none, `NET_BLOCKED` and `NET_SIZE` for what may not be.
 */
export function prepare(request: EgressRequest, maxBodyBytes: number): Prepared {
  const target = targetOf(request.url);
  const method = methodOf(request.method ?? "GET");
  const { redirect = "follow" } = request;
  const bodiless = method === "GET" || method === "HEAD";
  if (request.body !== undefined && bodiless) throw invalid(`${method} takes no body`);
  return {
    target,
    method,
    headers: withDefaults(requestHeaders(request.headers ?? [])),
    body: request.body === undefined ? undefined : new OutgoingBody(request.body, maxBodyBytes),
    redirect,
    retry: retryOf(request, method),
    cache: cacheOf(request, bodiless),
  };
}

function methodOf(input: string): string {
  if (!METHOD.test(input)) throw invalid("its method is malformed");
  const upper = input.toUpperCase();
  if (FORBIDDEN.has(upper)) throw netError("NET_BLOCKED", `the method ${upper} is never sent`);
  return NORMALIZED.has(upper) ? upper : input;
}

function withDefaults(headers: readonly Header[]): Header[] {
  const has = (name: string) => headers.some(([key]) => key === name);
  const out = [...headers];
  if (!has("user-agent")) out.push(["user-agent", "fazt"]);
  if (!has("accept")) out.push(["accept", "*/*"]);
  // A part of a packed file cannot be unpacked.
  if (!has("accept-encoding")) {
    out.push(["accept-encoding", has("range") ? "identity" : "gzip, br"]);
  }
  return out;
}

function retryOf(request: EgressRequest, method: string): RetryPlan {
  const asked = request.retry ?? 0;
  const backoff = request.retryBackoff ?? 2;
  if (!(asked >= 0) || !(backoff >= 1) || backoff > 10) {
    throw invalid("retry is 0 to 5 and retryBackoff 1 to 10");
  }
  const on = (request.retryOn ?? RETRY_ON).map((what): number | NetCode => {
    if (isNetCode(what) || (typeof what === "number" && what >= 400 && what <= 599)) return what;
    throw invalid('retryOn lists statuses from 400 and codes such as "NET_ERROR"');
  });
  const may = IDEMPOTENT.has(method) || request.retryOn !== undefined;
  return {
    times: may ? Math.min(Math.floor(asked), MAX_RETRIES) : 0,
    delayMs: Math.min(milliseconds(request.retryDelay ?? 500), MAX_DELAY_MS),
    backoff,
    on: new Set(on),
  };
}

function cacheOf(request: EgressRequest, cacheable: boolean): CachePlan | undefined {
  if (request.cache === undefined) return undefined;
  const ttlMs = Math.min(milliseconds(request.cache), MAX_TTL_MS);
  if (ttlMs === 0) return undefined;
  if (!cacheable) throw invalid("only GET and HEAD are cached");
  return { ttlMs, key: request.cacheKey, refresh: request.cacheRefresh ?? false };
}

function milliseconds(input: number | string): number {
  const ms = typeof input === "string" ? parseDuration(input) : input;
  if (ms >= 0 && Number.isFinite(ms)) return ms;
  throw invalid("a time is milliseconds from 0 on, or a text such as 30s");
}

function invalid(why: string): FaztError {
  return new FaztError("INVALID", `Cannot send this request: ${why}`);
}
