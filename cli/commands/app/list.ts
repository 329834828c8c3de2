import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { App } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt app list`. */
export const command = defineCommand({
  name: "app list",
  summary: "List the apps of the node",
  group: "apps",
  async run({ api, out }) {
    const apps = await api.get<App[]>("/api/apps");
    out.result(apps, () =>
      apps.length === 0 ? ["No apps yet: fazt app deploy FOLDER"] : table(
        ["NAME", "ADDRESS", "REV", "FILES", "SIZE", "CHANGED", "STATE"],
        apps.map((app) => [
          app.name,
          app.url,
          app.revision,
          app.files,
          formatBytes(app.size),
          formatTime(app.updatedAt),
          app.state,
        ]),
      ));
  },
});
