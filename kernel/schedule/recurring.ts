import type { CronFire } from "./cron_operations.ts";
import type { CronRow } from "./job_rows.ts";
import { lastTime, nextTime, recurrenceFault } from "./next_time.ts";

/** A clock that ran further ahead than this was wrong; what "ran" then did not. */
const BELIEVABLE_MS = 86_400_000;

/** What an entry's times are worked out from. All in milliseconds. */
export interface Rules {
  readonly now: number;
  /** The least between two runs. */
  readonly gapMs: number;
  /** How late a run may start that was missed. */
  readonly graceMs: number;
}

type Entry = Pick<CronRow, "schedule" | "timezone" | "last_at">;

/**
 * The next time of an entry, no closer to its last one than allowed; null when there is none, as
 * for an entry of an older revision that this node does not understand.
 */
export function entryNext(
  entry: Entry,
  { now, gapMs }: Pick<Rules, "now" | "gapMs">,
): number | null {
  const earliest = entry.last_at === null ? now : Math.max(now, entry.last_at + gapMs - 1);
  return recurrenceFault(entry) === undefined ? nextTime(entry, earliest) ?? null : null;
}

/**
 * What becomes of an entry that is due. Of several times that have come, the newest runs if it is
 * not too late, and the others are missed.
 */
export function entryFire(
  row: CronRow & { readonly next_at: number },
  jobId: string,
  rules: Rules,
): CronFire {
  const { now, gapMs, graceMs } = rules;
  const due = row.next_at;
  const fault = recurrenceFault(row);
  if (fault !== undefined) {
    const missed = { plannedAt: due, error: `its schedule cannot be read any more: ${fault}` };
    return { id: row.id, due, lastAt: due, nextAt: null, missed, jobId: null, at: now };
  }
  const newest = lastTime(row, now) ?? due;
  const lastAt = newest >= due + gapMs ? newest : due;
  const runs = now - lastAt <= graceMs;
  const missedUntil = !runs ? lastAt : lastAt > due ? lastTime(row, lastAt - 1) ?? due : undefined;
  return {
    id: row.id,
    due,
    lastAt,
    nextAt: entryNext({ ...row, last_at: lastAt }, rules),
    missed: missedUntil === undefined ? null : { plannedAt: due, error: why(due, missedUntil) },
    jobId: runs ? jobId : null,
    at: now,
  };
}

/** Where an entry stands when the clock turns out to have been ahead. */
export function entryBack(
  row: CronRow,
  rules: Pick<Rules, "now" | "gapMs">,
): Pick<CronRow, "id" | "next_at" | "last_at"> {
  // What ran a moment ago by a clock that was a little fast must not run again.
  const believable = row.last_at !== null && row.last_at <= rules.now + BELIEVABLE_MS;
  const lastAt = believable ? row.last_at : null;
  return { id: row.id, last_at: lastAt, next_at: entryNext({ ...row, last_at: lastAt }, rules) };
}

function why(from: number, until: number): string {
  const to = until > from ? `, nor at the times until ${new Date(until).toISOString()}` : "";
  return `the node was not running at that time${to}`;
}
