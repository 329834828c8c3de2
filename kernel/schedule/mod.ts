export { isSoundJob, type JobInput } from "./job_input.ts";
export { closestTimes, lastTime, nextTime, recurrenceFault } from "./next_time.ts";
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
