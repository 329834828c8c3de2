import type { Backup } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";

/** `fazt backup remove`. */
export const command = defineCommand({
  name: "backup remove",
  summary: "Remove a backup for good",
  group: "node",
  args: ["<ID>"],
  examples: ["backup remove 20261122-200401-123-7yc3 --yes"],
  async run({ args, api, out, prompt }) {
    const backup = await api.get<Backup>(apiPath`/api/backups/${args.ID}`);
    await prompt.agree(`Remove the backup ${backup.id} of ${formatTime(backup.createdAt)}?`);
    const removed = await api.delete<{ id: string }>(apiPath`/api/backups/${backup.id}`);
    out.result(removed, () => [`${removed.id} is removed`]);
  },
});
