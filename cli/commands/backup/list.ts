import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Backup, BackupOverview } from "../../api_types.ts";
import { progressText } from "../../backup_progress.ts";
import { localBackups } from "../../local_backups.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import type { Line } from "../../output.ts";
import { table } from "../../table.ts";
import { whileRunning } from "../../with_node.ts";

/** `fazt backup list`. */
export const command = defineCommand({
  name: "backup list",
  summary: "List backups, newest first, and when the next one is due",
  group: "node",
  examples: ["backup list", "backup list --json"],
  async run(ctx) {
    const overview = await whileRunning(ctx, () => ctx.api.get<BackupOverview>("/api/backups"));
    if (overview === undefined) {
      const { place, backups } = await localBackups({ dbPath: ctx.dbPath, env: ctx.io.env });
      return ctx.out.result({ place, backups }, () => rows(backups, place));
    }
    const { backups, place, running, last, nextAt } = overview;
    ctx.out.result(overview, () => [
      ...rows(backups, place),
      ...(running ? [`${running.id} is being made: ${progressText(running)}`] : []),
      ...(last && last.result !== "ok"
        ? [[styled("yellow", "the last one failed: "), last.error ?? last.result]]
        : []),
      nextAt === undefined
        ? "No schedule: fazt config set backup.schedule daily"
        : `The next one is due ${formatTime(nextAt)}`,
    ]);
  },
});

function rows(backups: readonly Backup[], place: string): Line[] {
  if (backups.length === 0) return [`No backups in ${place} yet: fazt backup create`];
  return [
    `In ${place}`,
    ...table(
      ["ID", "MADE", "SIZE", "APPS", "BY", "ENCRYPTED"],
      backups.map((b) => [
        b.id,
        formatTime(b.createdAt),
        formatBytes(b.bytes),
        String(b.counts.apps ?? ""),
        b.source,
        b.encrypted ? "yes" : "no",
      ]),
    ),
  ];
}
