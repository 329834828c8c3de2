import type { Clock } from "../lib/clock.ts";

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, one a key: `perSecond` on average, as many at once after a quiet second. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly now: Clock) {}

  /** Takes one; false when there is none left. */
  take(key: string, perSecond: number): boolean {
    const now = this.now();
    const bucket = this.#buckets.get(key) ?? { tokens: perSecond, at: now };
    this.#buckets.set(key, bucket);
    // A clock that was set back must not take tokens away.
    const gained = Math.max(0, now - bucket.at) * perSecond / 1000;
    bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }
}
