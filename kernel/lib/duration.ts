import { FaztError } from "./fazt_error.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `"30s" "5m" "1h" "7d"` as milliseconds. Throws `INVALID` for anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) {
    throw new FaztError("INVALID", `Cannot read the duration "${text}"`, {
      hint: "write a whole number and a unit: 30s, 5m, 1h or 7d",
    });
  }
  return Number(match[1]) * UNITS[match[2]!]!;
}

/** Milliseconds in the largest unit that reads well: `950ms`, `1.2s`, `3m`. */
export function formatDuration(ms: number): string {
  // What would be rounded up to a whole larger unit is shown in that one.
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, "")}s`;
  if (ms < 3_570_000) return `${Math.round(ms / 60_000)}m`;
  if (ms < 84_600_000) return `${Math.round(ms / 3_600_000)}h`;
  return `${Math.round(ms / 86_400_000)}d`;
}
