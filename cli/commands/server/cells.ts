import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { CellInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import type { Line } from "../../output.ts";
import { table } from "../../table.ts";

/** `fazt server cells`. */
export const command = defineCommand({
  name: "server cells",
  summary: "Show how the server code of every app does: isolates, requests, processor, memory",
  group: "node",
  examples: ["server cells", "server cells --json"],
  async run({ api, out }) {
    const cells = await api.get<readonly CellInfo[]>("/api/system/cells");
    out.result(cells, () => cells.length === 0 ? ["No app has server code yet"] : linesOf(cells));
  },
});

function linesOf(cells: readonly CellInfo[]): Line[] {
  // Those that run come first, and of those the busiest.
  const rows = [...cells].sort((a, b) => b.isolates - a.isolates || b.cpuMs - a.cpuMs);
  const isolates = cells.reduce((sum, cell) => sum + cell.isolates, 0);
  return [
    ...table(
      ["APP", "STATE", "ISOLATES", "OPEN", "REQUESTS", "ERRORS", "CPU", "HEAP", "OUTSIDE"],
      rows.map((cell) => [
        cell.name,
        cell.state,
        cell.isolates,
        cell.inFlight + cell.waiting,
        cell.requests,
        cell.errors,
        formatDuration(cell.cpuMs),
        formatBytes(cell.heapBytes),
        formatBytes(cell.externalBytes),
      ]),
    ),
    "",
    `${count(isolates, "isolate")}; fazt app info APP shows more of one`,
  ];
}
