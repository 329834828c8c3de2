import type { NameKind } from "./api_types.ts";
import { queryOf } from "./query.ts";
import { readChoice } from "./read_choice.ts";
import { readSince } from "./read_since.ts";

/** What visitors are counted by. */
export const KINDS: readonly NameKind[] = [
  "path",
  "referrer",
  "country",
  "device",
  "browser",
  "os",
  "status",
  "event",
];

/** Flags that say which time is meant, with their help. */
export const SPAN_FLAGS = {
  since: "from then on: 24h, 30d or a date (default 7d)",
  until: "before then",
} as const;

/** What they say as the query of a path. @throws {FaztError} `USAGE` */
export function spanQuery(
  flags: { readonly since?: string; readonly until?: string; readonly step?: string },
  more: Readonly<Record<string, string | undefined>>,
): string {
  const now = Date.now();
  return queryOf({
    from: String(readSince(flags.since ?? "7d", now)),
    to: flags.until === undefined ? undefined : String(readSince(flags.until, now)),
    step: readChoice(flags.step, { of: ["minute", "hour", "day"], what: "step" }),
    ...more,
  });
}
