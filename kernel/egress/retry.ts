import type { Clock } from "../lib/clock.ts";
import type { Deadline } from "./deadline.ts";
import { isNetError } from "./errors.ts";
import { headerOf } from "./headers.ts";
import type { Journey } from "./redirects.ts";
import type { RetryPlan } from "./request.ts";

/** The longest a server can make a request wait, ms. */
const MAX_WAIT_MS = 60_000;
/** Failures that another attempt cannot mend. */
const FINAL = new Set<unknown>(["body", "aborted", "redirect"]);

/** Options of {@link withRetry}. */
export interface RetryOptions {
  readonly plan: RetryPlan;
  readonly deadline: Deadline;
  readonly clock: Clock;
  /** Whether the request can be sent once more. */
  readonly repeatable: () => boolean;
}

/** Tries until an answer is good enough, the attempts are used up or there is no time left. */
export async function withRetry(
  attempt: () => Promise<Journey>,
  { plan, deadline, clock, repeatable }: RetryOptions,
): Promise<Journey> {
  for (let n = 0;; n++) {
    const more = () => n < plan.times && repeatable();
    let wait = Math.min(plan.delayMs * plan.backoff ** n, MAX_WAIT_MS);
    try {
      const journey = await attempt();
      const { answer } = journey;
      if (!plan.on.has(answer.status) || !more()) return journey;
      wait = Math.max(wait, retryAfter(headerOf(answer.headers, "retry-after"), clock()));
      // No time to wait that long: this answer is the best there will be.
      if (wait > MAX_WAIT_MS || wait >= deadline.left) return journey;
      answer.finish(0);
      answer.destroy();
    } catch (error) {
      const worth = isNetError(error) && plan.on.has(error.code) && !FINAL.has(reasonOf(error));
      if (!worth || !more() || wait >= deadline.left) throw error;
    }
    await deadline.sleep(wait);
  }
}

/** `Retry-After` (RFC 9110 §10.2.3) as milliseconds from now: seconds or a date; 0 for neither. */
export function retryAfter(value: string | undefined, now: number): number {
  if (value === undefined) return 0;
  if (/^\d{1,10}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

function reasonOf(error: { readonly details: unknown }): unknown {
  return (error.details as { readonly reason?: unknown } | undefined)?.reason;
}
