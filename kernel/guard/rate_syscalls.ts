import { z } from "../lib/zod.ts";
import { type Allowance, TokenBuckets } from "../lib/token_bucket.ts";
import { type Syscall, syscall } from "../syscall/mod.ts";

/** Keys of one app that are remembered at once. */
const MAX_KEYS = 5000;
const key = z.string().min(1).max(200);

/** `fazt.limits.rate`: buckets an app keeps for its own purposes, in memory. */
export function rateSyscalls(now: () => number): Syscall[] {
  const apps = new Map<string, TokenBuckets>();
  const bucketsOf = (appId: string) => {
    let mine = apps.get(appId);
    if (mine === undefined) apps.set(appId, mine = new TokenBuckets(now, MAX_KEYS));
    return mine;
  };
  const shown = ({ allowed, remaining, resetSeconds }: Allowance) => ({
    allowed,
    remaining,
    reset: now() + resetSeconds * 1000,
  });
  return [
    syscall(
      "rate.check",
      undefined,
      z.object({
        key,
        limit: z.number().min(1).max(1_000_000),
        window: z.number().min(1).max(86_400_000),
        cost: z.number().min(0).max(1_000_000).optional(),
      }),
      (caller, { key, limit, window, cost }) =>
        shown(
          bucketsOf(caller.appId).take(key, {
            perSecond: limit / window * 1000,
            burst: limit,
            cost: cost ?? 1,
          }),
        ),
    ),
    syscall("rate.status", undefined, z.object({ key }), (caller, input) => {
      const known = bucketsOf(caller.appId).peek(input.key);
      return known && shown(known);
    }),
  ];
}
