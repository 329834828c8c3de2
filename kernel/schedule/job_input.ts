import { FaztError } from "../lib/fazt_error.ts";

/** Bytes of a job's state. */
const STATE_BYTES = 65_536;
/** A year, the longest delay. */
const LONGEST_DELAY_MS = 365 * 86_400_000;
/** The most that `limits.cron.minutes` can be. */
const LONGEST_RUN_MS = 3_600_000;

/** A one-off job to schedule. */
export interface JobInput {
  /** Milliseconds from now, at most a year. */
  readonly delayMs: number;
  /** The module under `api/` that is called. Default `api/main`. */
  readonly handler?: string | undefined;
  /** What the handler gets as `event.state`: text of the value codec (JSON), at most 64 KiB. */
  readonly state?: string | undefined;
}

/**
 * The job with a whole number of milliseconds.
 * @throws {FaztError} `INVALID`, or `TOO_LARGE` for the state.
 */
export function checkJob({ delayMs, handler, state }: JobInput): JobInput {
  if (!(delayMs >= 0 && delayMs <= LONGEST_DELAY_MS)) {
    throw new FaztError("INVALID", "Cannot schedule: the delay is not from 0 to 365 days", {
      hint: "the delay is in milliseconds",
    });
  }
  if (handler !== undefined && !/^api\/[^\p{C}\\]{1,1020}$/u.test(handler)) {
    throw new FaztError("INVALID", "Cannot schedule: the handler is not a module under api/");
  }
  checkState(state);
  return { delayMs: Math.ceil(delayMs), handler, state };
}

/** Whether a row of `jobs` that a stranger wrote could have been written here. */
export function isSoundJob(row: Readonly<Record<string, unknown>>): boolean {
  const { handler, state, timeout_ms, retries, backoff_ms, attempt } = row;
  const within = (value: unknown, most: number) =>
    typeof value === "number" && value >= 0 && value <= most;
  if (timeout_ms !== null && !within(timeout_ms, LONGEST_RUN_MS)) return false;
  if (!within(retries, 10) || !within(attempt, 11)) return false;
  if (!within(backoff_ms, LONGEST_DELAY_MS)) return false;
  try {
    checkJob({
      delayMs: 0,
      handler: handler === null ? undefined : String(handler),
      state: state === null ? undefined : String(state),
    });
    return true;
  } catch {
    return false;
  }
}

function checkState(state: string | undefined): void {
  if (state === undefined) return;
  const used = state.length > STATE_BYTES ? state.length : new TextEncoder().encode(state).length;
  if (used > STATE_BYTES) {
    throw new FaztError("TOO_LARGE", `Cannot schedule: the state may have ${STATE_BYTES} bytes`, {
      hint: "keep large things in storage and schedule their key",
      details: { limit: "cron.stateBytes", used, max: STATE_BYTES },
    });
  }
  try {
    JSON.parse(state);
  } catch {
    throw new FaztError("INVALID", "Cannot schedule: the state is not JSON");
  }
}
