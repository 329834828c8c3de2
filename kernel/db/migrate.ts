import { closeSync, openSync } from "node:fs";
import { FaztError } from "../lib/fazt_error.ts";
import type { Connection } from "./connection.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";

/** What {@link migrate} did. */
export interface MigrationReport {
  readonly from: number;
  readonly to: number;
  /** Where the file was copied before the first step, if it had data. */
  readonly snapshot?: string;
}

/** The level a database file is at; 0 for an empty one. */
export function schemaLevel(db: Connection): number {
  const table = db.get("SELECT 1 AS x FROM sqlite_master WHERE name = 'migrations'");
  return table ? db.get<{ n: number }>("SELECT coalesce(max(n), 0) AS n FROM migrations")!.n : 0;
}

/**
 * Brings a database to the newest level: one transaction a step, the file copied first.
 * A file from a newer executable is left as it is: every step is additive, so it can be read.
 */
export function migrate(
  db: Connection,
  path: string,
  steps: readonly Migration[] = MIGRATIONS,
): MigrationReport {
  const from = schemaLevel(db);
  const pending = steps.filter((step) => step.n > from);
  const to = pending.at(-1)?.n ?? from;
  if (pending.length === 0) return { from, to };
  const snapshot = from > 0 ? snapshotFile(db, path, from) : undefined;
  for (const step of pending) apply(db, step);
  return { from, to, ...(snapshot === undefined ? {} : { snapshot }) };
}

function apply(db: Connection, step: Migration): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(
      "CREATE TABLE IF NOT EXISTS migrations " +
        "(n INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)",
    );
    db.exec(step.sql);
    db.run("INSERT INTO migrations VALUES (?, ?, ?)", step.n, step.name, Date.now());
    db.exec("COMMIT");
  } catch (cause) {
    db.exec("ROLLBACK");
    throw new FaztError("MIGRATION_FAILED", `Cannot apply migration ${step.n} "${step.name}"`, {
      hint: "the database is unchanged; start the executable that last opened it",
      status: 500,
      cause,
    });
  }
}

function snapshotFile(db: Connection, path: string, level: number): string {
  const target = `${path}.before-${level}-${Date.now()}`;
  // As secret as what it is a copy of; SQLite fills an empty file as it is.
  closeSync(openSync(target, "wx", 0o600));
  db.run("VACUUM INTO ?", target);
  return target;
}
