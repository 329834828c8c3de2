import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { App, RemovedApp } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { sourceLine } from "../../source_lines.ts";
import { table } from "../../table.ts";

/** How long a removed app can come back, ms. */
const UNDO_MS = 30 * 86_400_000;

/** `fazt app list`. */
export const command = defineCommand({
  name: "app list",
  summary: "List the apps of the node",
  group: "apps",
  flags: { removed: "those that were removed and can come back" },
  examples: ["app list", "app list --removed"],
  async run({ api, out, flags }) {
    if (flags.removed) {
      const removed = await api.get<RemovedApp[]>("/api/apps?removed=1");
      return out.result(removed, () =>
        removed.length === 0 ? ["No app was removed"] : table(
          ["NAME", "ID", "REMOVED", "GONE"],
          removed.map(({ name, id, removedAt }) => [
            name,
            id,
            formatTime(removedAt),
            formatTime(removedAt + UNDO_MS),
          ]),
        ));
    }
    const apps = await api.get<App[]>("/api/apps");
    out.result(apps, () =>
      apps.length === 0 ? ["No apps yet: fazt app deploy FOLDER"] : table(
        ["NAME", "ADDRESS", "REV", "FILES", "SIZE", "CHANGED", "STATE", "SOURCE"],
        apps.map((app) => [
          app.name,
          app.url,
          app.revision,
          app.files,
          formatBytes(app.size),
          formatTime(app.updatedAt),
          app.state,
          sourceLine(app),
        ]),
      ));
  },
});
