import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { newId, SYSTEM_USER } from "../lib/ids.ts";
import { Clockwork } from "./clockwork.ts";
import { type CronPut, fireNow, syncCron } from "./cron_operations.ts";
import { enqueueJob, expireRuns, forgetApp, removeJob, reviveJob } from "./job_operations.ts";
import { checkJob, type JobInput } from "./job_input.ts";
import { entryNext, type Rules } from "./recurring.ts";
import { Runs } from "./runs.ts";
import { ScheduleStore } from "./schedule_store.ts";
import type { AppCronLimits, CronEntry, CronInfo, JobInfo, RunApp, RunInfo } from "./shapes.ts";
import { systemTimers, type Timers } from "./timers.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DEFAULT_BACKOFF_MS = 30_000;
/** Retries of one-off jobs; the owner's limit may be lower. */
const JOB_RETRIES = 3;
/** How long history and dead letters stay. */
const KEPT_MS = { runs: 7 * DAY_MS, dead: 30 * DAY_MS } as const;
const PAGE = 1000;

/** What {@link Scheduler} works with. */
export interface SchedulerDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly timers?: Timers;
  readonly runApp: RunApp;
  /** What an app's manifest lowers of `limits.cron`. */
  readonly limitsOf?: (appId: string) => AppCronLimits | undefined;
  readonly log: (message: string) => void;
  /** Runs at once. Default 4 of the node, 1 of an app. */
  readonly atOnce?: number;
  readonly perApp?: number;
}

/**
 * Cron entries and one-off jobs of every app: runs each when it is due, once, and writes down how
 * it went. Sleeps until the next one is due; whatever changes what is due wakes it.
 */
export class Scheduler {
  readonly #store: ScheduleStore;
  readonly #runs: Runs;
  readonly #clockwork: Clockwork;

  constructor(private readonly deps: SchedulerDeps) {
    const { timers = systemTimers } = deps;
    this.#store = new ScheduleStore(deps.db);
    this.#runs = new Runs({
      ...deps,
      store: this.#store,
      timers,
      limitsOf: deps.limitsOf ?? (() => undefined),
      atOnce: deps.atOnce ?? 4,
      perApp: deps.perApp ?? 1,
      onFree: () => this.#clockwork.wake(),
    });
    this.#clockwork = new Clockwork({
      ...deps,
      timers,
      store: this.#store,
      runs: this.#runs,
      rules: (now) => this.#rules(now),
    });
  }

  /** Settles what an earlier process left half-way, then begins to run what is due. */
  async start(): Promise<void> {
    await this.#runs.recover();
    await this.#clockwork.start();
  }

  /** Starts nothing more, waits at most `limitMs` for what runs, then interrupts it. */
  async stop(limitMs = 10_000): Promise<void> {
    this.#runs.hold();
    await this.#clockwork.stop();
    await this.#runs.stop(limitMs);
  }

  /** Resolves when what is due was started, as far as there is room, and what ended is on record. */
  async idle(): Promise<void> {
    for (;;) {
      const busy = [this.#clockwork.look ?? [], this.#runs.ending()].flat();
      if (busy.length === 0) return;
      await Promise.all(busy);
    }
  }

  /**
   * Makes an app's cron entries those of its manifest, as it was checked. Those that stay the same
   * keep their next time and their history.
   */
  async sync(appId: string, entries: readonly CronEntry[]): Promise<void> {
    const at = this.deps.clock();
    await this.deps.db.write(syncCron, {
      appId,
      userId: SYSTEM_USER,
      entries: entries.map((entry) => this.#put(entry, at)),
      at,
    });
    this.#clockwork.wake();
  }

  /** Forgets what an app has scheduled and ends what it runs; its history goes with its rows. */
  async remove(appId: string): Promise<void> {
    await this.deps.db.write(forgetApp, { appId });
    this.#runs.abortApp(appId);
  }

  /** An app's cron entries, in the order of its manifest. */
  list(appId: string): CronInfo[] {
    return this.#store.cron(appId).map((row) => {
      const last = this.#store.lastOf(appId, row.id);
      return {
        id: row.id,
        n: row.n,
        schedule: row.schedule,
        timezone: row.timezone,
        handler: row.handler,
        skipIfRunning: row.skip_if_running === 1,
        timeoutMs: this.#runs.timeoutMs(appId, row.timeout_ms),
        retries: this.#runs.retries(appId, row.retries),
        backoffMs: row.backoff_ms,
        nextAt: row.next_at,
        lastAt: row.last_at,
        lastResult: last.result,
        running: last.running,
      };
    });
  }

  /** What ran of an app, newest first; `before` is the id of the last line of the page before. */
  history(
    appId: string,
    page: { readonly limit?: number | undefined; readonly before?: number | undefined } = {},
  ): RunInfo[] {
    const limit = Math.min(page.limit ?? 100, PAGE);
    return this.#store.history(appId, limit, page.before ?? Number.MAX_SAFE_INTEGER);
  }

  /**
   * Runs the cron entry at place `n` of the manifest now, besides its own times.
   * @throws {FaztError} `NOT_FOUND`; `CONFLICT` while it runs.
   */
  async runNow(appId: string, n: number): Promise<{ id: string }> {
    const id = newId("job");
    const fault = await this.deps.db.write(fireNow, {
      appId,
      n,
      jobId: id,
      at: this.deps.clock(),
    });
    if (fault === "missing") {
      throw new FaztError("NOT_FOUND", `Cannot run cron entry ${n}: the app has no such entry`, {
        hint: "fazt app cron list shows them",
      });
    }
    if (fault === "busy") {
      throw new FaztError("CONFLICT", `Cannot run cron entry ${n}: it is running already`, {
        hint: "fazt app cron history shows how it goes",
      });
    }
    this.#clockwork.wake();
    return { id };
  }

  /**
   * Schedules a one-off job. It runs late if the node was down, at least once, with 3 retries.
   * @throws {FaztError} `INVALID`, `TOO_LARGE`, or `QUOTA` naming the limit.
   */
  async enqueue(appId: string, userId: string, input: JobInput): Promise<{ id: string }> {
    const { delayMs, handler, state } = checkJob(input);
    const id = newId("job");
    const at = this.deps.clock();
    await this.deps.db.write(enqueueJob, {
      job: {
        id,
        app_id: appId,
        user_id: userId,
        cron_id: null,
        cron: null,
        handler: handler ?? null,
        state: state ?? null,
        timeout_ms: null,
        retries: JOB_RETRIES,
        backoff_ms: DEFAULT_BACKOFF_MS,
        planned_at: at + delayMs,
        next_at: at + delayMs,
      },
      max: this.deps.settings.get("limits.cron.jobs"),
      at,
    });
    this.#clockwork.wake();
    return { id };
  }

  /** One-off jobs that wait or run, the next first. */
  jobs(appId: string, page: { readonly limit?: number | undefined } = {}): JobInfo[] {
    return this.#store.jobs(appId, Math.min(page.limit ?? 100, PAGE));
  }

  /** Takes back a job that waits; false when there is none, as when it runs already. */
  cancel(appId: string, id: string): Promise<boolean> {
    return this.deps.db.write(removeJob, { appId, id, status: "waiting" });
  }

  /** Jobs and cron runs that failed for good, newest first. */
  deadLetters(appId: string, page: { readonly limit?: number | undefined } = {}): JobInfo[] {
    return this.#store.dead(appId, Math.min(page.limit ?? 100, PAGE));
  }

  /** Runs a dead letter again, with all its attempts; false when there is none. */
  async retryDead(appId: string, id: string): Promise<boolean> {
    const found = await this.deps.db.write(reviveJob, { appId, id, at: this.deps.clock() });
    this.#clockwork.wake();
    return found;
  }

  /** Throws a dead letter away; false when there is none. */
  removeDead(appId: string, id: string): Promise<boolean> {
    return this.deps.db.write(removeJob, { appId, id, status: "dead" });
  }

  /** Removes history and dead letters that are old; returns how many rows went. */
  async cleanup(): Promise<number> {
    const at = this.deps.clock();
    const limit = 500;
    for (let total = 0;;) {
      const gone = await this.deps.db.write(expireRuns, {
        runsBefore: at - KEPT_MS.runs,
        deadBefore: at - KEPT_MS.dead,
        limit,
      });
      total += gone;
      if (gone < limit) return total;
    }
  }

  #put(entry: CronEntry, now: number): CronPut {
    const { schedule, handler, timezone = "UTC", timeout, skipIfRunning, retry } = entry;
    return {
      id: newId("job"),
      schedule: schedule.trim(),
      timezone,
      handler,
      timeout_ms: timeout === undefined ? null : parseDuration(timeout),
      skip_if_running: skipIfRunning === false ? 0 : 1,
      retries: retry?.attempts ?? 0,
      backoff_ms: retry?.backoff === undefined ? DEFAULT_BACKOFF_MS : parseDuration(retry.backoff),
      next_at: entryNext({ schedule, timezone, last_at: null }, this.#rules(now)),
    };
  }

  #rules(now: number): Rules {
    return {
      now,
      gapMs: this.deps.settings.get("limits.cron.minMinutes") * MINUTE_MS,
      graceMs: this.deps.settings.get("cron.graceMinutes") * MINUTE_MS,
    };
  }
}
