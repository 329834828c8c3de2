/**
 * Upper bounds of the classes of time that answers take, ms: half a millisecond, then each twice
 * the one before. The last has none.
 */
export const LATENCY_BOUNDS: readonly number[] = [
  ...Array.from({ length: 15 }, (_, i) => 2 ** (i - 1)),
  Infinity,
];

/** The class of an answer that took `ms`. */
export function latencyClass(ms: number): number {
  return ms >= 8192 ? 15 : 32 - Math.clz32(ms * 2);
}

/** Percentiles of answers counted by class; null where nothing was. */
export interface Latency {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The percentiles of `counts`, ms, each as if its class were filled evenly. */
export function latencyOf(counts: readonly number[]): Latency {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const at = (part: number): number | null => {
    if (total === 0) return null;
    const rank = part * total;
    let before = 0;
    for (const [i, n] of counts.entries()) {
      if (n > 0 && before + n >= rank) {
        const from = i === 0 ? 0 : LATENCY_BOUNDS[i - 1]!;
        const to = i === counts.length - 1 ? from * 2 : LATENCY_BOUNDS[i]!;
        return Math.round((from + (to - from) * (rank - before) / n) * 100) / 100;
      }
      before += n;
    }
    return null;
  };
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}
