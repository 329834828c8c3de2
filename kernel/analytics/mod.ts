export { LATENCY_BOUNDS, latencyClass } from "./latency.ts";
export type { Latency } from "./latency.ts";
export type { LiveCount } from "./live_window.ts";
export { EVENT_NAME, NAME_KINDS, type NameKind, OTHER } from "./names.ts";
export { type Step, stepFor, STEPS } from "./steps.ts";
export {
  alignedSpan,
  type AppVisitSums,
  type Span,
  visitApps,
  type VisitNames,
  visitNames,
  type VisitPoint,
  type VisitReport,
  visitReport,
  type VisitTotals,
} from "./visit_reads.ts";
export { isCrawler } from "./user_agent.ts";
export { type PageSignal, type Visit, Visits } from "./visits.ts";
