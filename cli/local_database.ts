import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Connection, migrate } from "../kernel/db/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";

/**
 * Reads from the local database; undefined when there is no such file or it was never set up.
 * Safe beside a running node: the connection is read-only.
 */
export function readDatabase<T>(path: string, read: (db: Connection) => T): T | undefined {
  if (!isFile(path)) return undefined;
  return withConnection(path, () => new Connection(path, { readOnly: true }), (db) => {
    const ready = db.get("SELECT 1 AS x FROM sqlite_master WHERE name = 'migrations'");
    return ready ? read(db) : undefined;
  });
}

/**
 * Changes the local database in one transaction, creating it when absent. Only for what belongs
 * to the command line (peers): a running node shares the file by SQLite's own locks.
 */
export function changeDatabase<T>(path: string, change: (db: Connection) => T): T {
  createFile(path);
  return withConnection(path, () => new Connection(path), (db) => {
    migrate(db, path);
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = change(db);
      db.exec("COMMIT");
      return result;
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  });
}

function withConnection<T>(path: string, open: () => Connection, use: (db: Connection) => T): T {
  let db: Connection | undefined;
  try {
    db = open();
    return use(db);
  } catch (cause) {
    if (cause instanceof FaztError) throw cause;
    throw new FaztError("DATABASE", `Cannot use ${path}: ${(cause as Error).message}`, {
      hint: "fazt doctor examines it; --db FILE names another one",
      status: 500,
      cause,
    });
  } finally {
    db?.close();
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The file holds tokens: only its owner may read it. */
function createFile(path: string): void {
  if (isFile(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    throw new FaztError("DATABASE", `Cannot create ${path}: ${(cause as Error).message}`, {
      hint: "--db FILE or FAZT_DB names another place",
      status: 500,
      cause,
    });
  }
}
