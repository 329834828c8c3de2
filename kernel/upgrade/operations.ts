import { operation } from "../db/mod.ts";

/** How an upgrade ended; `running` has not. */
export type UpgradeState = "running" | "done" | "failed" | "returned" | "interrupted";

/** Upgrades that are remembered. */
const KEPT = 200;

/** Writes down that an upgrade begins; gives its id. */
export const beginUpgrade = operation("upgrade.begin", (db, p: {
  readonly userId: string;
  readonly actor: string;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly url: string | null;
  readonly signedBy: string | null;
}): number => {
  db.run(
    "INSERT INTO upgrades (user_id, actor, started_at, from_version, to_version, url, signed_by, " +
      "state) VALUES (?, ?, ?, ?, ?, ?, ?, 'running')",
    ...[p.userId, p.actor, p.at, p.from, p.to, p.url, p.signedBy],
  );
  const { id } = db.get<{ id: number }>("SELECT last_insert_rowid() AS id")!;
  db.run("DELETE FROM upgrades WHERE id <= ?", id - KEPT);
  return id;
}, { essential: true });

/** Says which backup was made before. */
export const noteBackup = operation(
  "upgrade.backup",
  (db, p: { readonly id: number; readonly backupId: string }) =>
    db.run("UPDATE upgrades SET backup_id = ? WHERE id = ?", p.backupId, p.id),
  { essential: true },
);

/** Writes down how an upgrade ended, unless that is known; tells whether it was not. */
export const endUpgrade = operation("upgrade.end", (db, p: {
  readonly id: number;
  readonly at: number;
  readonly state: UpgradeState;
  readonly error: string | null;
}): boolean =>
  db.run(
    "UPDATE upgrades SET ended_at = ?, state = ?, error = ? WHERE id = ? AND ended_at IS NULL",
    ...[p.at, p.state, p.error, p.id],
  ) > 0, { essential: true });

/** The writes of this folder. */
export const UPGRADE_WRITES = [beginUpgrade, noteBackup, endUpgrade];
