import type { Metric } from "../../lib/open_metrics.ts";
import type { EdgeCounts } from "../listener/mod.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What the listener counted, as metrics. */
export function edgeMetrics(counts: EdgeCounts): Metric[] {
  const counter = (name: string, help: string, samples: readonly Sample[]): Metric => ({
    name: `fazt_edge_${name}`,
    type: "counter",
    help,
    samples,
  });
  const by = (label: string, of: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(of).map(([key, value]) => ({ labels: { [label]: key }, value }));
  const { refused, late, evicted, tls } = counts;
  return [
    {
      name: "fazt_edge_connections",
      type: "gauge",
      help: "Connections that are open",
      samples: [{ value: counts.open }],
    },
    counter("accepted", "Connections taken", [{ value: counts.accepted }]),
    counter("requests", "Requests that arrived at the ports", [{ value: counts.requests }]),
    counter("refused", "Connections sent away", by("why", { ...refused, evicted })),
    counter("late", "Connections closed for a deadline", by("deadline", late)),
    counter("accept_errors", "Connections the machine could not give", [
      { value: counts.acceptErrors },
    ]),
    counter("handshakes", "TLS handshakes", [{ value: tls.handshakes }]),
    counter("handshake_failures", "TLS handshakes that failed", by("why", tls.failed)),
  ];
}
