import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { formatDuration } from "../lib/duration.ts";
import { FaztError, toFaztError } from "../lib/fazt_error.ts";
import { type Claim, claimJob, endRun, type RunEnd } from "./job_operations.ts";
import type { JobRow } from "./job_rows.ts";
import type { ScheduleStore } from "./schedule_store.ts";
import type { AppCronLimits, RunApp, RunOutcome } from "./shapes.ts";
import type { Timers } from "./timers.ts";

const MINUTE_MS = 60_000;
/** Bytes of an error that are kept. */
const ERROR_BYTES = 2048;
/** First and longest wait before the end of a run is written again. */
const REWRITE_MS = { first: 1000, most: 60_000 } as const;

/** What {@link Runs} works with. */
export interface RunsDeps {
  readonly db: Database;
  readonly settings: Settings;
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly runApp: RunApp;
  readonly limitsOf: (appId: string) => AppCronLimits | undefined;
  readonly log: (message: string) => void;
  /** Runs at once: of the node, and of one app. */
  readonly atOnce: number;
  readonly perApp: number;
  /** Called when there is room for another run. */
  readonly onFree: () => void;
}

interface OpenRun {
  readonly appId: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  /** The app has answered; that is being written down. */
  answered: boolean;
}

/** Runs due jobs, so many at once, apps in turn. */
export class Runs {
  /** By job id. */
  readonly #open = new Map<string, OpenRun>();
  readonly #stopped = Promise.withResolvers<void>();
  #stopping = false;
  /** Apps that had their turn since every app with due jobs had one. */
  readonly #served = new Set<string>();

  constructor(private readonly deps: RunsDeps) {}

  /** Starts what is due at `now` while there is room; each start is durable before it happens. */
  async fill(now: number): Promise<void> {
    while (!this.#stopping && this.#open.size < this.deps.atOnce) {
      const job = this.#choose(now);
      if (!job) return;
      const claim = await this.deps.db.write(claimJob, {
        id: job.id,
        nextAt: job.next_at,
        at: this.deps.clock(),
      });
      if (claim) this.#begin(job, claim);
    }
  }

  /** Runs that have their answer and are not written down yet. */
  ending(): Promise<void>[] {
    return [...this.#open.values()].filter((run) => run.answered).map((run) => run.done);
  }

  /** Settles runs that an earlier process began and did not end. */
  async recover(): Promise<void> {
    const at = this.deps.clock();
    await Promise.all(
      this.deps.store.openRuns().map((run) =>
        this.deps.db.write(endRun, {
          runId: run.id,
          jobId: run.job_id,
          result: "interrupted",
          error: "the node stopped during the run",
          maxRetries: this.retries(run.app_id, Infinity),
          at,
        })
      ),
    );
  }

  /** Ends the runs of an app that is no more. */
  abortApp(appId: string): void {
    for (const run of this.#open.values()) {
      if (run.appId === appId) run.abort.abort(new FaztError("REMOVED", "the app was removed"));
    }
  }

  /** Starts nothing more. */
  hold(): void {
    this.#stopping = true;
  }

  /** Starts nothing more; lets what runs end within `limitMs`, then interrupts it. */
  async stop(limitMs: number): Promise<void> {
    this.hold();
    const ended = () => Promise.all([...this.#open.values()].map(({ done }) => done));
    const limit = Promise.withResolvers<void>();
    const timer = this.deps.timers.set(limitMs, limit.resolve);
    await Promise.race([ended(), limit.promise]);
    this.deps.timers.clear(timer);
    for (const { abort, answered } of this.#open.values()) {
      if (answered) continue;
      abort.abort(new FaztError("INTERRUPTED", "the node stopped during the run"));
    }
    this.#stopped.resolve();
    await ended();
  }

  /** How long a run of this app may take, ms. */
  timeoutMs(appId: string, asked: number | null): number {
    const app = this.deps.limitsOf(appId)?.minutes ?? Infinity;
    const minutes = Math.min(this.deps.settings.get("limits.cron.minutes"), app);
    return Math.min(asked ?? Infinity, minutes * MINUTE_MS);
  }

  /** How often a failed run of this app is tried again. */
  retries(appId: string, asked: number): number {
    const app = this.deps.limitsOf(appId)?.retries ?? Infinity;
    return Math.min(asked, this.deps.settings.get("limits.cron.retries"), app);
  }

  #choose(now: number): (JobRow & { next_at: number }) | undefined {
    const counts = new Map<string, number>();
    for (const { appId } of this.#open.values()) counts.set(appId, (counts.get(appId) ?? 0) + 1);
    const full = [...counts].filter(([, n]) => n >= this.deps.perApp).map(([appId]) => appId);
    let job = this.deps.store.dueJob(now, [...full, ...this.#served]);
    if (!job && this.#served.size > 0) {
      job = this.deps.store.dueJob(now, full);
      if (job) this.#served.clear();
    }
    if (job) this.#served.add(job.app_id);
    return job;
  }

  #begin(job: JobRow, claim: Claim): void {
    const abort = new AbortController();
    const timeoutMs = this.timeoutMs(job.app_id, job.timeout_ms);
    const timer = this.deps.timers.set(timeoutMs, () =>
      abort.abort(
        new FaztError("TIMEOUT", `the run took longer than ${formatDuration(timeoutMs)}`),
      ));
    const done = this.#call(job, { ...claim, timeoutMs, signal: abort.signal })
      .then((outcome) => {
        this.deps.timers.clear(timer);
        run.answered = true;
        return this.#end(job, claim, outcome);
      })
      .finally(() => {
        this.#open.delete(job.id);
        this.deps.onFree();
      });
    const run: OpenRun = { appId: job.app_id, abort, done, answered: false };
    this.#open.set(job.id, run);
  }

  /** The app's answer or the reason to wait for it no longer; never throws. */
  #call(
    job: JobRow,
    { attempt, timeoutMs, signal }: Claim & {
      readonly timeoutMs: number;
      readonly signal: AbortSignal;
    },
  ): Promise<RunOutcome> {
    const aborted = new Promise<RunOutcome>((resolve) =>
      signal.addEventListener("abort", () => resolve(failure(signal.reason)))
    );
    const answer = Promise.try(this.deps.runApp, job.app_id, {
      handler: job.handler ?? undefined,
      trigger: job.cron === null ? "job" : "cron",
      event: {
        ...(job.cron === null ? {} : { cron: job.cron }),
        scheduledTime: job.planned_at,
        ...(job.state === null ? {} : { state: job.state }),
        attempt,
        id: job.id,
      },
      userId: job.user_id,
      timeoutMs,
      signal,
    }).catch((thrown) => {
      this.deps.log(`cannot run ${job.id} of ${job.app_id}: ${thrown}`);
      return failure(thrown);
    });
    return Promise.race([answer, aborted]);
  }

  /** Writes down how a run ended, again until it is written: a job must not stay half-way. */
  async #end(job: JobRow, claim: Claim, outcome: RunOutcome): Promise<void> {
    const { db, clock, timers, log } = this.deps;
    const end: Omit<RunEnd, "at"> = {
      runId: claim.runId,
      jobId: job.id,
      result: outcome.ok ? "ok" : RESULTS[outcome.code] ?? "error",
      error: outcome.ok ? null : clip(`${outcome.code}: ${outcome.message}`),
      maxRetries: this.retries(job.app_id, Infinity),
    };
    for (let wait: number = REWRITE_MS.first;; wait = Math.min(2 * wait, REWRITE_MS.most)) {
      try {
        return await db.write(endRun, { ...end, at: clock() });
      } catch (error) {
        log(`cannot write down how ${job.id} of ${job.app_id} ended: ${error}`);
        // The next start finds the run open and settles it.
        if (this.#stopping) return;
        const again = Promise.withResolvers<void>();
        const timer = timers.set(wait, again.resolve);
        await Promise.race([again.promise, this.#stopped.promise]);
        timers.clear(timer);
      }
    }
  }
}

/** Codes of outcomes that are more than an error. */
const RESULTS: Readonly<Record<string, RunEnd["result"]>> = {
  TIMEOUT: "timeout",
  APP_TIMEOUT: "timeout",
  INTERRUPTED: "interrupted",
};

function failure(thrown: unknown): RunOutcome {
  const { code, message } = toFaztError(thrown);
  return { ok: false, code, message };
}

/** The beginning of a text, whole characters only. */
function clip(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(ERROR_BYTES));
  return text.slice(0, read).toWellFormed();
}
