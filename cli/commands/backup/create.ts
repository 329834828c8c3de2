import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Backup } from "../../api_types.ts";
import { showProgress } from "../../backup_progress.ts";
import { backupPassphrase } from "../../backup_passphrase.ts";
import { defineCommand } from "../../command.ts";
import { styled } from "../../format.ts";

/** Longest a backup may take, ms. */
const BACKUP_MS = 12 * 3_600_000;

/** `fazt backup create`. */
export const command = defineCommand({
  name: "backup create",
  summary: "Copy the whole node, checked, while it runs",
  group: "node",
  flags: {
    encrypt: "ask for a passphrase (stdin, FAZT_BACKUP_PASSPHRASE) and encrypt with it",
    plain: "do not encrypt, even where a passphrase is kept",
  },
  examples: ["backup create", "backup create --encrypt"],
  async run({ flags, api, out, io, prompt }) {
    const passphrase = flags.encrypt
      ? await backupPassphrase({ io, prompt }, "Passphrase of the backup")
      : undefined;
    const json = { passphrase, plain: flags.plain };
    const making = api.call<Backup>("POST", "/api/backups", { json, timeoutMs: BACKUP_MS });
    const backup = await showProgress({ api, out, io }, making);
    if (!backup.encrypted) {
      out.message([
        styled("yellow", "warning: "),
        "it is not encrypted: whoever reads it reads every app's data" +
        (backup.secretKey === "inside" ? " and can open the node's secrets" : ""),
      ], "hint: fazt backup create --encrypt, or fazt backup secret passphrase for every backup");
    }
    out.result(backup, () => [
      [
        styled("green", backup.id),
        ` ${formatBytes(backup.bytes)}, of a database of ${formatBytes(backup.size)}`,
      ],
      `Restore it with: fazt backup restore ${backup.id}`,
    ]);
  },
});
