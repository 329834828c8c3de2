import { ACTIVITY_WRITES } from "./activity.ts";
import { APP_LOG_WRITES } from "./app_log.ts";

export { Activity, type ActivityEntry, type ActivityFilter, type ActivityRow } from "./activity.ts";
export { type AppLine, AppLog, type LoggedLine } from "./app_log.ts";
export { KernelLog, printable } from "./kernel_log.ts";
/** The writes of this folder. */
export const LOG_WRITES = [...ACTIVITY_WRITES, ...APP_LOG_WRITES];
