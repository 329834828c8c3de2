import { operation } from "../db/mod.ts";

/** One attempt to make a backup. */
export interface BackupRun {
  readonly userId: string;
  readonly source: "manual" | "schedule";
  readonly backupId: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** `ok` or the code of the error. */
  readonly result: string;
  readonly error: string | null;
}

/** Attempts that are remembered. */
const KEPT_RUNS = 500;

/** Gives the node its id at its first start. */
export const identify = operation(
  "backup.identify",
  (db, p: { readonly id: string; readonly at: number }): string => {
    db.run(
      "INSERT INTO node_identity SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM node_identity)",
      p.id,
      p.at,
    );
    return db.get<{ id: string }>("SELECT id FROM node_identity")!.id;
  },
  { essential: true },
);

/** Writes down how an attempt ended. */
export const recordRun = operation("backup.run", (db, p: BackupRun) => {
  db.run(
    "INSERT INTO backup_runs (user_id, source, backup_id, started_at, ended_at, result, error) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
    ...[p.userId, p.source, p.backupId, p.startedAt, p.endedAt, p.result, p.error],
  );
  db.run(
    "DELETE FROM backup_runs WHERE id <= (SELECT max(id) FROM backup_runs) - ?",
    KEPT_RUNS,
  );
}, { essential: true });

/** The writes of this folder. */
export const BACKUP_WRITES = [identify, recordRun];
