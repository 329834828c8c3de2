import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import { attentionLines } from "../../certificate_lines.ts";
import type { Health } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { facts } from "../../table.ts";

/** `fazt server status`. */
export const command = defineCommand({
  name: "server status",
  summary: "Show how the node is: address, version, apps, memory, database",
  group: "node",
  examples: ["status", "@prod status", "status --json"],
  async run({ api, out }) {
    const health = await api.get<Health>("/api/system/health");
    const { runner, memory, database, cache } = health;
    const mode = health.modeReason ? `${health.mode}: ${health.modeReason}` : health.mode;
    out.result(health, () => [
      ...facts([
        ["node", `${api.target.name} (${api.target.url})`],
        ["answers at", health.url],
        ["version", `${health.version}, ${mode}`],
        ["up", formatDuration(health.uptimeMs)],
        ["apps", health.apps],
        ["running", `${count(runner.isolates, "isolate")}, ${count(runner.spares, "spare")}`],
        ["memory", formatBytes(memory.rss)],
        ["database", `${database.path}, ${formatBytes(database.bytes)}`],
        ["cache", `${formatBytes(cache.bytes)} of ${formatBytes(cache.limit)}`],
      ]),
      ...attentionLines(health.attention ?? []),
    ]);
  },
});
