import { queryOf } from "./query.ts";
import { readChoice } from "./read_choice.ts";
import { readSince } from "./read_since.ts";

/** Levels of a line, the least first. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Flags that say which lines of the log are meant, with their help. */
export const LOG_FLAGS = {
  app: "only this app's, or with node the node's own",
  level: "only debug, info, warn or error, and worse",
  since: "only from then on: 2h, 7d or a date",
  until: "only before then",
  request: "only of this request",
} as const;

/** What the flags of {@link LOG_FLAGS} say as the query of a path. @throws {FaztError} `USAGE` */
export function logQuery(
  flags: { readonly [F in keyof typeof LOG_FLAGS]?: string },
  more: Readonly<Record<string, string | undefined>>,
): string {
  const now = Date.now();
  const at = (text: string | undefined) =>
    text === undefined ? undefined : String(readSince(text, now));
  return queryOf({
    app: flags.app,
    level: readChoice(flags.level, { of: LEVELS, what: "level" }),
    since: at(flags.since),
    until: at(flags.until),
    request: flags.request,
    ...more,
  });
}
