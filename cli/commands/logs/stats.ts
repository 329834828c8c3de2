import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { LogStats } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt logs stats`. */
export const command = defineCommand({
  name: "logs stats",
  summary: "Show how many lines of the log are kept, whose, and for how long",
  group: "system",
  async run({ api, out }) {
    const stats = await api.get<LogStats>("/api/logs/stats");
    const time = (at: number | null) => at === null ? undefined : formatTime(at);
    out.result(stats, () => [
      `${stats.lines} lines, ${formatBytes(stats.chars)}; kept for ${stats.keepDays} days and ` +
      `${stats.keepPerApp} lines of each app (fazt config set logs.keepDays N)`,
      ...stats.apps.length === 0 ? [] : table(
        ["APP", "LINES", "ERRORS", "WARNINGS", "SIZE", "OLDEST", "NEWEST"],
        stats.apps.map((app) => [
          app.app,
          app.lines,
          app.levels.error ?? 0,
          app.levels.warn ?? 0,
          formatBytes(app.chars),
          time(app.oldestAt),
          time(app.newestAt),
        ]),
      ),
    ]);
  },
});
