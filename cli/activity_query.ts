import { queryOf } from "./query.ts";
import { readSince } from "./read_since.ts";

/** Flags of commands that choose from the activity log. */
export const ACTIVITY_FLAGS = {
  app: "only what was done to this app",
  actor: "only what this one did: owner, local, system or the name of a key",
  action: "only actions that begin so, such as app. or session.create",
  result: "only ok, failed, or one error code",
  since: "only from then on: 30m, 2h, 7d or a date",
  until: "only before then: 30m, 2h, 7d or a date",
  search: "only lines with this text",
} as const;

/** What of the log is asked for, as a query of the API. */
export function activityQuery(
  flags: Partial<Record<keyof typeof ACTIVITY_FLAGS, string>>,
  more: Readonly<Record<string, string>> = {},
): string {
  const at = (text: string | undefined) =>
    text === undefined ? undefined : String(readSince(text, Date.now()));
  const { app, actor, action, result, search } = flags;
  return queryOf({
    app,
    actor,
    action,
    result,
    q: search,
    since: at(flags.since),
    until: at(flags.until),
    ...more,
  });
}
