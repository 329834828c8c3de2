export { EVENTS_WRITES } from "./event_operations.ts";
export { EVENTS_LONG_READS } from "./event_reads.ts";
