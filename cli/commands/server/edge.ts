import type { EdgeInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";

/** `fazt server edge`. */
export const command = defineCommand({
  name: "server edge",
  summary: "Show the connections of the node, those it sent away, and handshakes that failed",
  group: "node",
  examples: ["server edge", "server edge --json"],
  async run({ api, out }) {
    const edge = await api.get<EdgeInfo>("/api/access/edge");
    const { open, peak, accepted, requests, refused, late, evicted, acceptErrors, tls } = edge;
    const https = edge.httpsPort === undefined ? "" : `, HTTPS on ${edge.httpsPort}`;
    out.item(edge, () => [
      ["Ports         ", `HTTP on ${edge.port}${https} (${edge.engine} engine)`],
      ["Connections   ", `${open} open, ${peak} at most, ${accepted} taken`],
      ["Requests      ", `${requests}, ${edge.openRequests} open`],
      ["Sent away     ", listed({ ...refused, evicted, errors: acceptErrors })],
      ["Too late      ", listed(late)],
      ["Handshakes    ", `${tls.handshakes} done; failed: ${listed(tls.failed)}`],
    ]);
  },
});

function listed(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? "none" : some.map(([name, count]) => `${name} ${count}`).join(", ");
}
