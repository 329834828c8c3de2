import { parseDuration } from "../kernel/lib/duration.ts";
import { usageError } from "./usage_error.ts";

/**
 * The moment that `--since` names, Unix ms: a duration before `now`, or a date with or without a
 * time (ISO 8601). @throws {FaztError} `USAGE`.
 */
export function readSince(text: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d(?:T.*)?$/.test(text)) {
    const at = Date.parse(text);
    if (Number.isFinite(at) && at >= 0) return at;
  } else if (/^\d{1,9}(?:ms|s|m|h|d)$/.test(text)) {
    return Math.max(0, now - parseDuration(text));
  }
  throw usageError(`Cannot use "${text}" as a time`, "write 30m, 2h, 7d, or a date: 2026-01-31");
}
