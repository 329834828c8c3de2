import type { Database } from "../db/mod.ts";
import type { CronRow, JobRow } from "./job_rows.ts";
import type { JobInfo, RunInfo, RunResult } from "./shapes.ts";

const JOB = "SELECT id, cron, handler, user_id AS userId, status, planned_at AS plannedAt, " +
  "next_at AS nextAt, attempt, error, updated_at AS updatedAt FROM jobs";
const RUN = "SELECT id, job_id AS jobId, cron, handler, user_id AS userId, " +
  "planned_at AS plannedAt, started_at AS startedAt, ended_at AS endedAt, attempt, result, error " +
  "FROM runs";

/** A run that began and has no end on record. */
export interface OpenRun {
  readonly id: number;
  readonly app_id: string;
  readonly job_id: string;
}

/** Point reads of what is scheduled. */
export class ScheduleStore {
  readonly #db: Database["reader"];

  constructor(db: Database) {
    this.#db = db.reader;
  }

  cron(appId: string): CronRow[] {
    return this.#db.all<CronRow>("SELECT * FROM cron_jobs WHERE app_id = ? ORDER BY n", appId);
  }

  /** Entries whose time has come, the longest due first. */
  dueCron(at: number, limit: number): CronRow[] {
    return this.#db.all<CronRow>(
      "SELECT * FROM cron_jobs WHERE next_at <= ? ORDER BY next_at LIMIT ?",
      at,
      limit,
    );
  }

  /** The job that is due the longest of an app that is not among `except`. */
  dueJob(at: number, except: readonly string[]): (JobRow & { next_at: number }) | undefined {
    return this.#db.get<JobRow & { next_at: number }>(
      "SELECT * FROM jobs WHERE next_at <= ? AND " +
        "app_id NOT IN (SELECT value FROM json_each(?)) ORDER BY next_at, app_id LIMIT 1",
      at,
      JSON.stringify(except),
    );
  }

  /** When the next thing after `at` is due, if anything is. */
  nextAt(at: number): number | undefined {
    const times = ["cron_jobs", "jobs"].flatMap((table) => {
      const { next } = this.#db.get<{ next: number | null }>(
        `SELECT min(next_at) AS next FROM ${table} WHERE next_at > ?`,
        at,
      )!;
      return next ?? [];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Entries that were written under a clock that was ahead of `at`. */
  cronAhead(at: number): CronRow[] {
    return this.#db.all<CronRow>("SELECT * FROM cron_jobs WHERE updated_at > ?", at);
  }

  /** Whether jobs were written under a clock that was ahead of `at`. */
  jobsAhead(at: number): boolean {
    return this.#db.get(
      "SELECT 1 AS x FROM jobs WHERE status = 'waiting' AND updated_at > ? LIMIT 1",
      at,
    ) !== undefined;
  }

  openRuns(): OpenRun[] {
    return this.#db.all<OpenRun>("SELECT id, app_id, job_id FROM runs WHERE result IS NULL");
  }

  /** How the newest finished run of an entry went, and whether one is open. */
  lastOf(appId: string, cronId: string): { result: RunResult | null; running: boolean } {
    const last = this.#db.get<{ result: RunResult }>(
      "SELECT result FROM runs WHERE app_id = ? AND source = ? AND result IS NOT NULL " +
        "ORDER BY id DESC LIMIT 1",
      appId,
      cronId,
    );
    const open = this.#db.get(
      "SELECT 1 AS x FROM jobs WHERE cron_id = ? AND status = 'running' LIMIT 1",
      cronId,
    );
    return { result: last?.result ?? null, running: open !== undefined };
  }

  /** One-off jobs that wait or run, the next first. */
  jobs(appId: string, limit: number): JobInfo[] {
    return this.#db.all<JobInfo>(
      `${JOB} WHERE app_id = ? AND status IN ('waiting', 'running') AND cron_id IS NULL ` +
        "ORDER BY next_at LIMIT ?",
      appId,
      limit,
    );
  }

  /** Dead letters, newest first. */
  dead(appId: string, limit: number): JobInfo[] {
    return this.#db.all<JobInfo>(
      `${JOB} WHERE app_id = ? AND status = 'dead' ORDER BY updated_at DESC, rowid DESC LIMIT ?`,
      appId,
      limit,
    );
  }

  /** History before a line, newest first. */
  history(appId: string, limit: number, before: number): RunInfo[] {
    return this.#db.all<RunInfo>(
      `${RUN} WHERE app_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
      appId,
      before,
      limit,
    );
  }
}
