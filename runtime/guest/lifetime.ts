/** How an app says how long something lasts: `30s`, `5m`, milliseconds, or an object with one. */
export type LifetimeOption =
  | string
  | number
  | { readonly ttl?: string | number; readonly ttlMs?: number }
  | undefined;

/** Milliseconds of a lifetime; nothing where none was given. */
export type Lifetime = (option: LifetimeOption) => { ttlMs?: number };

/** Builds the reader of lifetimes. Refers to nothing outside itself: its text runs in isolates. */
export function createLifetime(): Lifetime {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 6e4, h: 36e5, d: 864e5 };
  return (option) => {
    const ttl = typeof option === "object" && option !== null ? option.ttlMs ?? option.ttl : option;
    if (ttl === undefined) return {};
    if (typeof ttl === "number") return { ttlMs: ttl };
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(String(ttl));
    if (!match) {
      throw new TypeError(`Cannot read the time to live "${ttl}": write 30s, 5m, 1h or 7d`);
    }
    return { ttlMs: Number(match[1]) * units[match[2]!]! };
  };
}
