import { restoreDatabase } from "../../../kernel/backup/mod.ts";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { backupPassphrase } from "../../backup_passphrase.ts";
import { progressText } from "../../backup_progress.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { backupFile } from "../../local_backups.ts";
import type { Line } from "../../output.ts";
import { LOCAL } from "../../peers.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt backup restore`. */
export const command = defineCommand({
  name: "backup restore",
  summary: "Replace a stopped node's database by a proven backup; the old one is kept",
  group: "node",
  local: "it puts a database in its place while no node runs; do it on that machine",
  args: ["<FILE|ID>"],
  examples: [
    "backup restore latest",
    "backup restore /mnt/usb/20261122-200401-123-7yc3.fbk --db ~/.fazt/data.db --yes",
  ],
  async run({ args, dbPath, peer, io, out, prompt }) {
    if (peer !== undefined && peer !== LOCAL) {
      throw usageError(
        "Cannot restore over the network",
        `stop the node, then run this on its machine`,
      );
    }
    const file = await backupFile(args["FILE|ID"], { dbPath, cwd: io.cwd, env: io.env });
    const made = file.backup ? ` of ${formatTime(file.backup.createdAt)}` : "";
    const restore = async () => {
      await prompt.agree(`Replace ${dbPath} by the backup ${file.path}${made}?`);
      const passphrase = file.encrypted
        ? await backupPassphrase({ io, prompt }, "Passphrase of the backup")
        : undefined;
      return await restoreDatabase({
        file: file.path,
        dbPath,
        passphrase,
        sha256: file.backup?.sha256,
        at: Date.now(),
        tell: (progress) => out.status(progressText(progress)),
      });
    };
    const { proof, kept } = await restore().finally(async () => {
      out.status("");
      await file.done();
    });
    const { header, level, size } = proof;
    out.result({ ok: true, db: dbPath, kept, ...proof }, () => [
      `${dbPath} is restored: ${formatBytes(size)}, level ${level}`,
      ...(kept === undefined ? [] : [`The database of before is ${kept}`]),
      ...secretLines(header?.secretKey, header?.counts.secrets ?? 0),
      "Start it: fazt server start",
    ]);
  },
});

/** What has to be known to use its secrets again. */
function secretLines(key: string | undefined, secrets: number): Line[] {
  if (key !== "sealed" || secrets === 0) return [];
  return [
    `Its ${secrets} secret(s) open only with the FAZT_SECRET_KEY of the node it comes from; ` +
    "without it, remove them and set them again",
  ];
}
