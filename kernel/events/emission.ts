import { parseDuration } from "../lib/duration.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { DeliveryMode } from "./shapes.ts";

/** What may be said of an event besides its type and data. */
export interface EmitOptions {
  /** Keep it in the history, whether or not anybody listens. */
  readonly persist?: boolean | undefined;
  /** How long it is worth anything: ms, or text such as `"1h"`; at most the days events are kept. */
  readonly ttl?: number | string | undefined;
  /** Default: at least once where a manifest subscribes to it or `persist` is set. */
  readonly delivery?: DeliveryMode | undefined;
  /** Attempts after a first that failed. Default 3, at most 10. */
  readonly retries?: number | undefined;
  /** Whatever ties events together, at most 200 characters; handed on as it is. */
  readonly correlationId?: string | undefined;
}

const DEFAULT_RETRIES = 3;
const MAX_RETRIES = 10;
const MAX_CORRELATION = 200;
/** Events that may follow from each other: handlers that emit what wakes each other end here. */
const MAX_DEPTH = 8;
const DAY_MS = 86_400_000;

/** Options that were checked. */
export interface Terms {
  readonly ttlMs: number;
  readonly retries: number;
  readonly correlationId: string | null;
}

/**
 * Checks the options of an emit.
 * @throws {FaztError} `INVALID`
 */
export function readTerms(type: string, options: EmitOptions, keepDays: number): Terms {
  const { retries = DEFAULT_RETRIES, correlationId = null, ttl } = options;
  const refuse = (why: string) => new FaztError("INVALID", `Cannot emit ${type}: ${why}`);
  if (!Number.isInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
    throw refuse(`retries must be a whole number from 0 to ${MAX_RETRIES}`);
  }
  if (correlationId !== null && !isPlain(correlationId)) {
    throw refuse(`correlationId must be 1 to ${MAX_CORRELATION} characters of plain text`);
  }
  const asked = typeof ttl === "string" ? parseDuration(ttl) : ttl ?? Infinity;
  if (!(asked > 0)) throw refuse("its time to live is in the past");
  return { ttlMs: Math.ceil(Math.min(asked, keepDays * DAY_MS)), retries, correlationId };
}

/**
 * The depth of an event that is emitted while one of depth `cause` is handled.
 * @throws {FaztError} `EVENTS_LOOP`
 */
export function nextDepth(type: string, cause: number | undefined): number {
  const depth = (cause ?? 0) + 1;
  if (depth <= MAX_DEPTH) return depth;
  throw new FaztError(
    "EVENTS_LOOP",
    `Cannot emit ${type}: ${MAX_DEPTH} events already followed from each other to here`,
    {
      hint: "handlers seem to wake each other in a circle; emit only when something changed",
      status: 429,
      details: { limit: "events.depth", used: MAX_DEPTH, max: MAX_DEPTH },
    },
  );
}

function isPlain(text: string): boolean {
  return text.length > 0 && text.length <= MAX_CORRELATION && text.isWellFormed() &&
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    !/[\u0000-\u001f\u007f-\u009f]/.test(text);
}
