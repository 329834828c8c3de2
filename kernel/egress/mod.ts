import { EGRESS_LOG_WRITES } from "./log_operations.ts";
import { RULE_WRITES } from "./rules.ts";

export { type AddressJudge, judgeAddress, judgeBeside, type Verdict } from "./addresses.ts";
export { type Connect, type Dial, dialer, type DialerOptions } from "./connect.ts";
export { Egress, type EgressLimits, type EgressOptions } from "./egress.ts";
export { isNetError, type NetCode } from "./errors.ts";
export type { Header } from "./headers.ts";
export type { EgressLine, EgressLogQuery } from "./logs.ts";
export type { EgressUsage } from "./meter.ts";
export type { EgressRequest } from "./request.ts";
export { type Resolve, systemResolve } from "./resolve.ts";
export type { EgressResponse } from "./response.ts";
export type { EgressRule, RuleInput } from "./rules.ts";
/** The writes of this folder. */
export const EGRESS_WRITES = [...EGRESS_LOG_WRITES, ...RULE_WRITES];
