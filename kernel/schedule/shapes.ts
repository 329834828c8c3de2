/** One entry of `cron` in app.json. Durations are texts such as `"30s"`. */
export interface CronEntry {
  readonly schedule: string;
  /** The module under `api/` that is called. */
  readonly handler: string;
  /** IANA name. Default `UTC`. */
  readonly timezone?: string | undefined;
  /** Default: the owner's `limits.cron.minutes`, which is also the most. */
  readonly timeout?: string | undefined;
  /** Leave a time out while the one before still runs or waits to start. Default true. */
  readonly skipIfRunning?: boolean | undefined;
  /** Default: none, 30 s, doubled at each. */
  readonly retry?: { readonly attempts: number; readonly backoff?: string | undefined } | undefined;
}

/** How a run went. `dead`: it failed and no retry is left; `missed`: the node was not running. */
export type RunResult =
  | "ok"
  | "error"
  | "timeout"
  | "interrupted"
  | "skipped"
  | "missed"
  | "dead";

/** What a handler is told. */
export interface ScheduledEvent {
  /** The cron schedule; absent for a one-off job. */
  readonly cron?: string;
  /** The time it was meant for, Unix ms; the same at every attempt. */
  readonly scheduledTime: number;
  /** What the job was given, as text of the value codec. */
  readonly state?: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** The same at every attempt, so that an app can tell what it has done already. */
  readonly id: string;
}

/** One call of an app's code. */
export interface RunRequest {
  /** The module under `api/`; undefined means `api/main`. */
  readonly handler: string | undefined;
  readonly trigger: "cron" | "job";
  readonly event: ScheduledEvent;
  readonly userId: string;
  readonly timeoutMs: number;
  /** Fires at the time limit, when the app is removed and when the node stops. */
  readonly signal: AbortSignal;
}

/** How a call went. */
export type RunOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** Calls `scheduled` of an app's handler. */
export type RunApp = (appId: string, request: RunRequest) => Promise<RunOutcome>;

/** A cron entry as the API shows it. */
export interface CronInfo {
  readonly id: string;
  /** Its place in app.json, from 0. */
  readonly n: number;
  readonly schedule: string;
  readonly timezone: string;
  readonly handler: string;
  readonly skipIfRunning: boolean;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly backoffMs: number;
  /** Unix ms; null when it never comes again. */
  readonly nextAt: number | null;
  /** The newest time that was run, skipped or missed. */
  readonly lastAt: number | null;
  readonly lastResult: RunResult | null;
  readonly running: boolean;
}

/** A job that waits, runs or is dead. */
export interface JobInfo {
  readonly id: string;
  /** Of an occurrence of a cron entry: its schedule. */
  readonly cron: string | null;
  readonly handler: string | null;
  readonly userId: string;
  readonly status: "waiting" | "running" | "dead";
  readonly plannedAt: number;
  /** When it runs next; null while it runs and when it is dead. */
  readonly nextAt: number | null;
  /** Attempts made. */
  readonly attempt: number;
  /** Why the last attempt failed. */
  readonly error: string | null;
  readonly updatedAt: number;
}

/** One line of an app's history. */
export interface RunInfo {
  readonly id: number;
  readonly jobId: string | null;
  readonly cron: string | null;
  readonly handler: string | null;
  readonly userId: string;
  readonly plannedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  /** Null while it runs. */
  readonly result: RunResult | null;
  readonly error: string | null;
}

/** What an app asked for of `limits.cron` in app.json: less than the owner's, never more. */
export interface AppCronLimits {
  readonly minutes?: number | undefined;
  readonly retries?: number | undefined;
}
