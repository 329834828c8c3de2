export type { ConnectionInfo, RequestHandler } from "./connection_info.ts";
export type { ConnectionLimits } from "./connections.ts";
export { type EdgeCounts, newEdgeCounts } from "./edge_counts.ts";
export { type Listener, type ListenerOptions, openListener } from "./listener.ts";
