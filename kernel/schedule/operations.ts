import { CRON_WRITES } from "./cron_operations.ts";
import { JOB_WRITES } from "./job_operations.ts";

/** The writes of this folder. */
export const SCHEDULE_WRITES = [...CRON_WRITES, ...JOB_WRITES];
