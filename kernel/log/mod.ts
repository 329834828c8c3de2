import { ACTIVITY_WRITES } from "./activity.ts";
import { APP_LOG_WRITES } from "./app_log.ts";
import { deleteLines, logStats, searchLogs } from "./log_operations.ts";

export { Activity, type ActivityEntry, type ActivityFilter, type ActivityRow } from "./activity.ts";
export { type AppLine, AppLog, LEVELS, type LoggedLine, NODE_LOG } from "./app_log.ts";
export { type KernelLine, KernelLog, printable } from "./kernel_log.ts";
export { type FoundLine, type LogQuery, Logs, type LogShare, type LogStats } from "./logs.ts";
/** The writes of this folder. */
export const LOG_WRITES = [...ACTIVITY_WRITES, ...APP_LOG_WRITES, deleteLines];
/** The long reads of this folder. */
export const LOG_LONG_READS = [searchLogs, logStats];
