import { CRON_WRITES } from "./cron_operations.ts";
import { JOB_WRITES } from "./job_operations.ts";

export type { JobInput } from "./job_input.ts";
export { closestTimes, recurrenceFault } from "./next_time.ts";
export { scheduleSyscalls } from "./schedule_syscalls.ts";
export { Scheduler, type SchedulerDeps } from "./scheduler.ts";
export type {
  AppCronLimits,
  CronEntry,
  CronInfo,
  JobInfo,
  RunApp,
  RunInfo,
  RunOutcome,
  RunRequest,
  RunResult,
  ScheduledEvent,
} from "./shapes.ts";
export type { Timers } from "./timers.ts";

/** The writes of this folder. */
export const SCHEDULE_WRITES = [...CRON_WRITES, ...JOB_WRITES];
