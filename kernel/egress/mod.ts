import { RULE_WRITES } from "./rules.ts";

export { type EgressRule, EgressRules, type RuleInput } from "./rules.ts";
/** The writes of this folder. */
export const EGRESS_WRITES = [...RULE_WRITES];
