export { diskPart } from "./disk.ts";
export { Guard, type LimitNotice, type ModeChange } from "./guard.ts";
export { type Mode, MODES } from "./mode.ts";
export { rateSyscalls } from "./rate_syscalls.ts";
export { Watchdog } from "./watchdog.ts";
