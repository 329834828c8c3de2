import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { insertJob, insertRun, type JobRow, trimDead } from "./job_rows.ts";
import type { RunResult } from "./shapes.ts";

/** The longest wait before a retry. */
const LONGEST_BACKOFF_MS = 86_400_000;

/** Puts a one-off job down, if the app may have one more waiting. */
export const enqueueJob = operation(
  "schedule.enqueue",
  (
    db,
    p: {
      readonly job: Omit<JobRow, "attempt" | "status" | "error">;
      readonly max: number;
      readonly at: number;
    },
  ) => {
    const { used } = db.get<{ used: number }>(
      "SELECT count(*) AS used FROM jobs WHERE app_id = ? AND status = 'waiting'",
      p.job.app_id,
    )!;
    if (used >= p.max) {
      throw new FaztError(
        "QUOTA",
        `Cannot schedule more: limits.cron.jobs is ${p.max}, waiting ${used}`,
        {
          hint: "the owner can raise it: fazt config set limits.cron.jobs <value>",
          details: { limit: "cron.jobs", used, max: p.max },
        },
      );
    }
    insertJob(db, p.job, p.at);
  },
);

/** What {@link claimJob} gives to whoever won. */
export interface Claim {
  readonly runId: number;
  readonly attempt: number;
}

/**
 * Takes a waiting job to run it: from here on the run is on record, whatever happens to the node.
 * Null when it was changed or taken since it was looked at.
 */
export const claimJob = operation(
  "schedule.claim",
  (
    db,
    p: { readonly id: string; readonly nextAt: number; readonly at: number },
  ): Claim | null => {
    const job = db.get<JobRow>(
      "UPDATE jobs SET status = 'running', next_at = NULL, attempt = attempt + 1, updated_at = ? " +
        "WHERE id = ? AND status = 'waiting' AND next_at = ? RETURNING *",
      p.at,
      p.id,
      p.nextAt,
    );
    if (!job) return null;
    const runId = insertRun(db, job, {
      plannedAt: job.planned_at,
      startedAt: p.at,
      endedAt: null,
      attempt: job.attempt,
      result: null,
      error: null,
      at: p.at,
    });
    return { runId, attempt: job.attempt };
  },
);

/** How a run ended. */
export interface RunEnd {
  readonly runId: number;
  readonly jobId: string;
  readonly result: Extract<RunResult, "ok" | "error" | "timeout" | "interrupted">;
  readonly error: string | null;
  /** The most retries that limits allow; the job may have asked for fewer. */
  readonly maxRetries: number;
  readonly at: number;
}

/** Ends a run: the job is done, waits for its next attempt, or is dead. */
export const endRun = operation("schedule.end", (db, p: RunEnd): void => {
  const job = db.get<JobRow>("SELECT * FROM jobs WHERE id = ? AND status = 'running'", p.jobId);
  const dead = p.result !== "ok" && job !== undefined && fail(db, job, p);
  if (p.result === "ok") db.run("DELETE FROM jobs WHERE id = ?", p.jobId);
  db.run(
    "UPDATE runs SET ended_at = ?, result = ?, error = ? WHERE id = ? AND job_id = ?",
    p.at,
    // That the node stopped in the middle is worth more to know than that nothing follows.
    dead && p.result !== "interrupted" ? "dead" : p.result,
    p.error,
    p.runId,
    p.jobId,
  );
});

/** Makes a failed job wait, die, or go with the entry it came from; tells whether it died. */
function fail(db: Connection, job: JobRow, p: RunEnd): boolean {
  const orphan = job.cron_id !== null &&
    !db.get("SELECT 1 AS x FROM cron_jobs WHERE id = ?", job.cron_id);
  if (orphan) {
    db.run("DELETE FROM jobs WHERE id = ?", job.id);
    return false;
  }
  const dead = job.attempt > Math.min(job.retries, p.maxRetries);
  const wait = Math.min(job.backoff_ms * 2 ** (job.attempt - 1), LONGEST_BACKOFF_MS);
  db.run(
    "UPDATE jobs SET status = ?, next_at = ?, error = ?, updated_at = ? WHERE id = ?",
    dead ? "dead" : "waiting",
    dead ? null : p.at + wait,
    p.error,
    p.at,
    job.id,
  );
  if (dead) trimDead(db, job);
  return dead;
}

interface One {
  readonly appId: string;
  readonly id: string;
}

/** Removes a job in one status; tells whether there was one. */
export const removeJob = operation(
  "schedule.remove",
  (db, p: One & { readonly status: "waiting" | "dead" }): boolean =>
    db.run(
      "DELETE FROM jobs WHERE id = ? AND app_id = ? AND status = ?",
      p.id,
      p.appId,
      p.status,
    ) > 0,
);

/** Lets a dead job wait for this moment, with all its attempts before it. */
export const reviveJob = operation(
  "schedule.revive",
  (db, p: One & { readonly at: number }): boolean =>
    db.run(
      "UPDATE jobs SET status = 'waiting', attempt = 0, next_at = ?, updated_at = ? " +
        "WHERE id = ? AND app_id = ? AND status = 'dead'",
      p.at,
      p.at,
      p.id,
      p.appId,
    ) > 0,
);

/** Forgets what an app has scheduled; its history stays as long as the app's other rows. */
export const forgetApp = operation("schedule.forget", (db, p: { readonly appId: string }) => {
  db.run("DELETE FROM cron_jobs WHERE app_id = ?", p.appId);
  db.run("DELETE FROM jobs WHERE app_id = ?", p.appId);
});

/** Removes old history and dead letters, at most `limit` rows of each; returns how many went. */
export const expireRuns = operation(
  "schedule.expire",
  (
    db,
    p: { readonly runsBefore: number; readonly deadBefore: number; readonly limit: number },
  ): number =>
    db.run(
      "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE created_at < ? " +
        "AND result IS NOT NULL LIMIT ?)",
      p.runsBefore,
      p.limit,
    ) + db.run(
      "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = 'dead' " +
        "AND updated_at < ? LIMIT ?)",
      p.deadBefore,
      p.limit,
    ),
);

/** The writes that change jobs and their history. */
export const JOB_WRITES = [
  enqueueJob,
  claimJob,
  endRun,
  removeJob,
  reviveJob,
  forgetApp,
  expireRuns,
];
