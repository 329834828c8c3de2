import { EGRESS_LOG_WRITES } from "./log_operations.ts";
import { RULE_WRITES } from "./rules.ts";

export { type EgressLine, EgressLog, type EgressLogQuery } from "./logs.ts";
export { type EgressRule, EgressRules, type RuleInput } from "./rules.ts";
/** The writes of this folder. */
export const EGRESS_WRITES = [...EGRESS_LOG_WRITES, ...RULE_WRITES];
