import type { Connection } from "../db/mod.ts";

/** A row of `cron_jobs`. Times and lengths are milliseconds. */
export interface CronRow {
  readonly id: string;
  readonly app_id: string;
  readonly user_id: string;
  readonly n: number;
  readonly schedule: string;
  readonly timezone: string;
  readonly handler: string;
  readonly timeout_ms: number | null;
  readonly skip_if_running: number;
  readonly retries: number;
  readonly backoff_ms: number;
  readonly next_at: number | null;
  readonly last_at: number | null;
  readonly updated_at: number;
}

/** A row of `jobs`. */
export interface JobRow {
  readonly id: string;
  readonly app_id: string;
  readonly user_id: string;
  readonly cron_id: string | null;
  readonly cron: string | null;
  readonly handler: string | null;
  readonly state: string | null;
  readonly timeout_ms: number | null;
  readonly retries: number;
  readonly backoff_ms: number;
  readonly planned_at: number;
  readonly next_at: number | null;
  /** Attempts made; a running one counts. */
  readonly attempt: number;
  readonly status: "waiting" | "running" | "dead";
  readonly error: string | null;
}

/** `source` of a run that belongs to no cron entry. */
export const ONE_OFF = "jobs";
/** Runs kept of one cron entry, and of all one-off jobs of an app. */
const KEPT_RUNS = { cron: 100, jobs: 1000 } as const;
/** Dead letters kept of one cron entry, and of all one-off jobs of an app. */
const KEPT_DEAD = { cron: 10, jobs: 1000 } as const;

/** Writes down a job that waits for its time. */
export function insertJob(
  db: Connection,
  job: Omit<JobRow, "attempt" | "status" | "error">,
  at: number,
): void {
  db.run(
    "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 'waiting', NULL, ?, ?, ?)",
    job.id,
    job.app_id,
    job.user_id,
    job.cron_id,
    job.cron,
    job.handler,
    job.timeout_ms,
    job.retries,
    job.backoff_ms,
    job.planned_at,
    job.next_at,
    at,
    at,
    job.state,
  );
}

/** What {@link insertRun} writes. */
export interface NewRun {
  readonly plannedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  readonly result: string | null;
  readonly error: string | null;
  readonly at: number;
}

/** Writes a line of history, forgets the oldest past the limit, and returns the new line's id. */
export function insertRun(
  db: Connection,
  of: Pick<JobRow, "app_id" | "user_id" | "cron_id" | "cron" | "handler"> & {
    readonly id: string | null;
  },
  run: NewRun,
): number {
  const source = of.cron_id ?? ONE_OFF;
  const { id } = db.get<{ id: number }>(
    "INSERT INTO runs (app_id, user_id, source, job_id, cron, handler, planned_at, started_at, " +
      "ended_at, attempt, result, error, created_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    of.app_id,
    of.user_id,
    source,
    of.id,
    of.cron,
    of.handler,
    run.plannedAt,
    run.startedAt,
    run.endedAt,
    run.attempt,
    run.result,
    run.error,
    run.at,
  )!;
  db.run(
    "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE app_id = ? AND source = ? " +
      "ORDER BY id DESC LIMIT -1 OFFSET ?)",
    of.app_id,
    source,
    source === ONE_OFF ? KEPT_RUNS.jobs : KEPT_RUNS.cron,
  );
  return id;
}

/** Forgets the oldest dead letters past the limit. */
export function trimDead(db: Connection, of: Pick<JobRow, "app_id" | "cron_id">): void {
  const [where, key, keep] = of.cron_id === null
    ? ["app_id = ? AND cron_id IS NULL", of.app_id, KEPT_DEAD.jobs]
    : ["cron_id = ?", of.cron_id, KEPT_DEAD.cron];
  db.run(
    `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE ${where} AND status = 'dead' ` +
      "ORDER BY updated_at DESC, rowid DESC LIMIT -1 OFFSET ?)",
    key,
    keep,
  );
}
