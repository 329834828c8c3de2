import { FaztError } from "../lib/fazt_error.ts";

/** How many of the newest, and of the newest of a day, week and month, are kept. */
export interface Keep {
  readonly last: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

const RULE = /^(\d{1,4}) (last|daily|weekly|monthly)$/;
const DAY_MS = 86_400_000;
/** 1970-01-05 was a Monday. */
const MONDAY = 4;

/** Whether a text is `all` or such as `7 daily 4 weekly`. */
export function isKeepText(text: string): boolean {
  return text === "all" || parse(text) !== undefined;
}

/** @throws {FaztError} `INVALID`; undefined for `all`. */
export function parseKeep(text: string): Keep | undefined {
  if (text === "all") return undefined;
  const keep = parse(text);
  if (keep) return keep;
  throw new FaztError("INVALID", `Cannot read "${text.slice(0, 80)}"`, {
    hint: 'write "all", or how many such as "7 daily 4 weekly"',
  });
}

/**
 * Those that no rule keeps. A rule keeps the newest of each of its periods (UTC, weeks from
 * Monday), for as many periods as it says that have one; the newest of all is always kept.
 */
export function outdated<T extends { readonly createdAt: number }>(
  all: readonly T[],
  keep: Keep | undefined,
): T[] {
  if (keep === undefined) return [];
  const newest = [...all].sort((a, b) => b.createdAt - a.createdAt);
  const kept = new Set<T>(newest.slice(0, Math.max(1, keep.last)));
  const periods: readonly [number, (at: number) => number][] = [
    [keep.daily, (at) => Math.floor(at / DAY_MS)],
    [keep.weekly, (at) => Math.floor((at / DAY_MS - MONDAY) / 7)],
    [keep.monthly, (at) => new Date(at).getUTCFullYear() * 12 + new Date(at).getUTCMonth()],
  ];
  for (const [count, periodOf] of periods) {
    const seen = new Set<number>();
    for (const one of newest) {
      const period = periodOf(one.createdAt);
      if (seen.has(period)) continue;
      if (seen.size === count) break;
      seen.add(period);
      kept.add(one);
    }
  }
  return newest.filter((one) => !kept.has(one));
}

function parse(text: string): Keep | undefined {
  const words = text.trim().split(/\s+/);
  const keep = { last: 0, daily: 0, weekly: 0, monthly: 0 };
  for (let i = 0; i < words.length; i += 2) {
    const rule = RULE.exec(`${words[i]} ${words[i + 1]}`);
    if (!rule) return undefined;
    keep[rule[2] as keyof Keep] = Number(rule[1]);
  }
  return Object.values(keep).some((n) => n > 0) ? keep : undefined;
}
