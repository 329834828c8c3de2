import { type Connection, operation } from "../db/mod.ts";
import { type CronRow, insertJob, insertRun } from "./job_rows.ts";

/** An entry on its way in: what app.json says, in milliseconds, and when it is due first. */
export interface CronPut extends
  Pick<
    CronRow,
    "schedule" | "timezone" | "handler" | "timeout_ms" | "skip_if_running" | "retries"
  > {
  /** Used if the entry is new. */
  readonly id: string;
  readonly backoff_ms: number;
  readonly next_at: number | null;
}

/** Occurrences of one entry that may wait: an entry that may overlap must not pile up for ever. */
const MOST_WAITING = 10;

/**
 * Makes an app's entries those of `entries`. One with the same schedule, time zone and handler as
 * before is the same entry: it keeps its id, its history and its next time.
 */
export const syncCron = operation(
  "schedule.sync",
  (
    db,
    p: {
      readonly appId: string;
      readonly userId: string;
      readonly entries: readonly CronPut[];
      readonly at: number;
    },
  ) => {
    const before = db.all<CronRow>("SELECT * FROM cron_jobs WHERE app_id = ? ORDER BY n", p.appId);
    for (const [n, entry] of p.entries.entries()) {
      const at = before.findIndex((row) =>
        row.schedule === entry.schedule && row.timezone === entry.timezone &&
        row.handler === entry.handler
      );
      const same = at < 0 ? undefined : before.splice(at, 1)[0];
      db.run(
        "INSERT OR REPLACE INTO cron_jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        same?.id ?? entry.id,
        p.appId,
        p.userId,
        n,
        entry.schedule,
        entry.timezone,
        entry.handler,
        entry.timeout_ms,
        entry.skip_if_running,
        entry.retries,
        entry.backoff_ms,
        same ? same.next_at : entry.next_at,
        same ? same.last_at : null,
        same ? same.updated_at : p.at,
      );
    }
    for (const { id } of before) {
      db.run("DELETE FROM cron_jobs WHERE id = ?", id);
      db.run("DELETE FROM jobs WHERE cron_id = ? AND status = 'waiting'", id);
    }
  },
);

/** One entry whose time has come. */
export interface CronFire {
  readonly id: string;
  /** The time the row must still show: whoever changed it since has the last word. */
  readonly due: number;
  /** The time after which nothing is owed any more: the newest that has come. */
  readonly lastAt: number;
  readonly nextAt: number | null;
  /** What to record as missed, if anything. */
  readonly missed: { readonly plannedAt: number; readonly error: string } | null;
  /** The id of the job to run for `lastAt`; null when it comes too late to run. */
  readonly jobId: string | null;
  readonly at: number;
}

/** Moves an entry on and puts its occurrence among the jobs (or says why not), in one. */
export const fireCron = operation("schedule.fire", (db, p: CronFire): void => {
  const row = db.get<CronRow>("SELECT * FROM cron_jobs WHERE id = ? AND next_at = ?", p.id, p.due);
  if (!row) return;
  db.run(
    "UPDATE cron_jobs SET next_at = ?, last_at = ?, updated_at = ? WHERE id = ?",
    p.nextAt,
    p.lastAt,
    p.at,
    p.id,
  );
  if (p.missed) notRun(db, row, { ...p.missed, result: "missed", at: p.at });
  if (p.jobId === null) return;
  const busy = whyBusy(db, row, row.skip_if_running === 1);
  if (busy) notRun(db, row, { plannedAt: p.lastAt, result: "skipped", error: busy, at: p.at });
  else insertOccurrence(db, row, { jobId: p.jobId, plannedAt: p.lastAt, at: p.at });
});

/** Runs an entry at once, besides its own times. Answers why it does not, or null. */
export const fireNow = operation(
  "schedule.fireNow",
  (
    db,
    p: {
      readonly appId: string;
      readonly n: number;
      readonly jobId: string;
      readonly at: number;
    },
  ): "missing" | "busy" | null => {
    const row = db.get<CronRow>(
      "SELECT * FROM cron_jobs WHERE app_id = ? AND n = ?",
      p.appId,
      p.n,
    );
    if (!row) return "missing";
    if (whyBusy(db, row, true)) return "busy";
    insertOccurrence(db, row, { jobId: p.jobId, plannedAt: p.at, at: p.at });
    return null;
  },
);

/**
 * Corrects what was written under a clock that was ahead. A waiting job keeps the delay that it
 * had when it was written; entries get the times that were worked out anew.
 */
export const turnBack = operation(
  "schedule.turnBack",
  (
    db,
    p: {
      readonly at: number;
      readonly entries: readonly Pick<CronRow, "id" | "next_at" | "last_at">[];
    },
  ) => {
    for (const entry of p.entries) {
      db.run(
        "UPDATE cron_jobs SET next_at = ?, last_at = ?, updated_at = ? " +
          "WHERE id = ? AND updated_at > ?",
        entry.next_at,
        entry.last_at,
        p.at,
        entry.id,
        p.at,
      );
    }
    db.run(
      "UPDATE jobs SET next_at = next_at - (updated_at - ?), updated_at = ? " +
        "WHERE status = 'waiting' AND updated_at > ?",
      p.at,
      p.at,
      p.at,
    );
  },
);

/** The writes that change cron entries. */
export const CRON_WRITES = [syncCron, fireCron, fireNow, turnBack];

/** Why another occurrence may not be added. A retry that waits is no reason: it has its own time. */
function whyBusy(db: Connection, row: CronRow, skipIfRunning: boolean): string | undefined {
  const open = db.all<{ planned_at: number; status: string }>(
    "SELECT planned_at, status FROM jobs WHERE cron_id = ? AND " +
      "(status = 'running' OR (status = 'waiting' AND attempt = 0))",
    row.id,
  );
  if (skipIfRunning && open[0]) {
    const { planned_at, status } = open[0];
    const does = status === "running" ? "is still running" : "has not started yet";
    return `the run of ${new Date(planned_at).toISOString()} ${does}`;
  }
  return open.length >= MOST_WAITING ? `${open.length} runs of it wait already` : undefined;
}

function insertOccurrence(
  db: Connection,
  row: CronRow,
  p: { readonly jobId: string; readonly plannedAt: number; readonly at: number },
): void {
  insertJob(db, {
    id: p.jobId,
    app_id: row.app_id,
    user_id: row.user_id,
    cron_id: row.id,
    cron: row.schedule,
    handler: row.handler,
    state: null,
    timeout_ms: row.timeout_ms,
    retries: row.retries,
    backoff_ms: row.backoff_ms,
    planned_at: p.plannedAt,
    next_at: p.plannedAt,
  }, p.at);
}

function notRun(
  db: Connection,
  row: CronRow,
  p: {
    readonly plannedAt: number;
    readonly result: "missed" | "skipped";
    readonly error: string;
    readonly at: number;
  },
): void {
  const of = { ...row, id: null, cron_id: row.id, cron: row.schedule };
  insertRun(db, of, { ...p, startedAt: null, endedAt: null, attempt: 0 });
}
