import { EGRESS_LOG_WRITES } from "./log_operations.ts";
import { RULE_WRITES } from "./rules.ts";

/** The writes of this folder. */
export const EGRESS_WRITES = [...EGRESS_LOG_WRITES, ...RULE_WRITES];
