const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The longest wait after failures, ms. */
export const MAX_BACKOFF_MS = 30 * 24 * HOUR_MS;

/** What the wait after a failure depends on. */
export interface Failure {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** What the authority asked for, ms. */
  readonly retryAfterMs?: number | undefined;
  /** How long the present certificate still holds, ms; undefined where there is none. */
  readonly leftMs?: number | undefined;
}

/**
 * How long a name waits after a failure, ms: doubling from a minute to 30 days, but with a
 * certificate that ends never past a quarter of what is left of it. What the authority asks for
 * is kept in any case.
 */
export function backoffMs({ failures, retryAfterMs = 0, leftMs }: Failure): number {
  const doubled = Math.min(MAX_BACKOFF_MS, MINUTE_MS * 2 ** Math.min(failures - 1, 30));
  const most = leftMs === undefined ? doubled : Math.max(HOUR_MS, leftMs / 4);
  return Math.min(MAX_BACKOFF_MS, Math.max(Math.min(doubled, most), retryAfterMs));
}
