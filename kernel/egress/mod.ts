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
export { netSyscalls } from "./net_syscalls.ts";
export { MAIL_PORTS } from "./blocked_ports.ts";
export { socketSyscalls } from "./socket_syscalls.ts";
export { isOwnHost } from "./policy.ts";
export { isPublicName } from "./target.ts";
export type { AppSocket, SocketRequest, Sockets, TlsOptions } from "./sockets.ts";
export {
  type NodeAnswer,
  type NodeRequest,
  NodeRequests,
  type NodeRequestsOptions,
} from "./node_requests.ts";
