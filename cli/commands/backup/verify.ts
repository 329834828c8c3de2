import { dirname } from "node:path";
import { verifyFile } from "../../../kernel/backup/mod.ts";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Backup, Proof } from "../../api_types.ts";
import { backupPassphrase } from "../../backup_passphrase.ts";
import { progressText } from "../../backup_progress.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { formatTime, styled } from "../../format.ts";
import type { Line } from "../../output.ts";
import { backupFile, namesFile } from "../../local_backups.ts";
import { whileRunning } from "../../with_node.ts";

/** `fazt backup verify`. */
export const command = defineCommand({
  name: "backup verify",
  summary: "Prove that a backup can be restored, without restoring it",
  group: "node",
  args: ["<FILE|ID>"],
  examples: ["backup verify latest", "backup verify /mnt/usb/20261122-200401-123-7yc3.fbk"],
  async run(ctx) {
    const said = ctx.args["FILE|ID"];
    const proof = namesFile(said, ctx.io.cwd) ? undefined : await whileRunning(ctx, async () => {
      const backup = await ctx.api.get<Backup>(apiPath`/api/backups/${said}`);
      const path = apiPath`/api/backups/${backup.id}/verify`;
      const passphrase = ctx.io.env.FAZT_BACKUP_PASSPHRASE || undefined;
      return (await ctx.api.call<{ proof: Proof }>("POST", path, {
        json: { passphrase },
        timeoutMs: TRANSFER_MS,
      })).proof;
    });
    const found = proof ?? await onThisMachine(ctx, said);
    ctx.out.result({ ok: true, ...found }, () => lines(found));
  },
});

async function onThisMachine(ctx: Context, said: string): Promise<Proof> {
  const { dbPath, io, out, prompt } = ctx;
  const file = await backupFile(said, { dbPath, cwd: io.cwd, env: io.env });
  try {
    const passphrase = file.encrypted
      ? await backupPassphrase({ io, prompt }, "Passphrase of the backup")
      : undefined;
    const task = {
      file: file.path,
      scratch: `${dirname(file.path)}/.verify-${Deno.pid}`,
      passphrase,
      diskPercent: 100,
      sha256: file.backup?.sha256,
    };
    return await verifyFile(task, (progress) => out.status(progressText(progress)));
  } finally {
    out.status("");
    await file.done();
  }
}

function lines({ header, level, openedAt, size }: Proof): Line[] {
  return [
    [styled("green", "sound: "), `a database of ${formatBytes(size)}, level ${level}`],
    ...(openedAt > level ? [`this executable upgrades it to level ${openedAt}`] : []),
    ...(header ? [`made ${formatTime(header.createdAt)} by ${header.nodeId}`] : []),
  ];
}
