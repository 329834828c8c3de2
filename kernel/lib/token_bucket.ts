/** What a bucket says of one request. */
export interface Allowance {
  readonly allowed: boolean;
  readonly limit: number;
  /** Whole requests left now. */
  readonly remaining: number;
  /** Seconds until one more is allowed, or until the bucket is full when one is. */
  readonly resetSeconds: number;
}

/** Most keys remembered at once; past it the fullest buckets, which say nothing, are forgotten. */
const MAX_KEYS = 50_000;

interface Bucket {
  tokens: number;
  at: number;
  perSecond: number;
  burst: number;
}

/**
 * Token buckets by key: `perSecond` tokens flow in, `burst` fit. In memory only; a restart begins
 * with full buckets.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly now: () => number, private readonly maxKeys = MAX_KEYS) {}

  /** Takes `cost` tokens of a key's bucket if they are there. */
  take(
    key: string,
    { perSecond, burst, cost = 1 }: {
      readonly perSecond: number;
      readonly burst: number;
      readonly cost?: number;
    },
  ): Allowance {
    const now = this.now();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.maxKeys) this.#prune();
      bucket = { tokens: burst, at: now, perSecond, burst };
      this.#buckets.set(key, bucket);
    } else {
      const flown = Math.max(0, now - bucket.at) / 1000 * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + flown);
      Object.assign(bucket, { at: now, perSecond, burst });
    }
    const allowed = bucket.tokens >= cost;
    if (allowed) bucket.tokens -= cost;
    const missing = allowed ? burst - bucket.tokens : cost - bucket.tokens;
    return {
      allowed,
      limit: burst,
      remaining: Math.max(0, Math.floor(bucket.tokens)),
      resetSeconds: Math.ceil(missing / perSecond),
    };
  }

  /** What a key's bucket holds, without taking; undefined when it was never asked. */
  peek(key: string): Allowance | undefined {
    const bucket = this.#buckets.get(key);
    return bucket && this.take(key, { ...bucket, cost: 0 });
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  forget(key: string): void {
    this.#buckets.delete(key);
  }

  /** Forgets buckets that are full again, then the fullest until half are left. */
  #prune(): void {
    const now = this.now();
    const rest: { readonly key: string; readonly part: number }[] = [];
    for (const [key, { at, tokens, burst, perSecond }] of this.#buckets) {
      const part = (tokens + (now - at) / 1000 * perSecond) / burst;
      if (part >= 1) this.#buckets.delete(key);
      else rest.push({ key, part });
    }
    const many = rest.length - Math.floor(this.maxKeys / 2);
    if (many <= 0) return;
    // Of a bucket that is nearly empty somebody would profit.
    rest.sort((a, b) => b.part - a.part);
    for (const { key } of rest.slice(0, many)) this.#buckets.delete(key);
  }
}
