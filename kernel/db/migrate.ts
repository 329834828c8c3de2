import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname } from "node:path";
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

/** Options of {@link migrate}. */
export interface MigrateOptions {
  readonly steps?: readonly Migration[];
  /** Whether a file with data is copied first; default true. */
  readonly snapshot?: boolean;
}

/** Copies from before an upgrade that are kept. */
const KEPT_SNAPSHOTS = 3;
/** Attempts to find the write-ahead log empty. */
const TRIES = 20;

/** The level that this executable brings a database to. */
export function newestLevel(): number {
  return MIGRATIONS.at(-1)!.n;
}

/**
 * Brings a database to the newest level: one transaction a step, the file copied first.
 * A file from a newer executable is left as it is: every step is additive, so it can be read.
 */
export function migrate(
  db: Connection,
  path: string,
  { steps = MIGRATIONS, snapshot: copied = true }: MigrateOptions = {},
): MigrationReport {
  const from = schemaLevel(db);
  const pending = steps.filter((step) => step.n > from);
  const to = pending.at(-1)?.n ?? from;
  if (pending.length === 0) return { from, to };
  const snapshot = copied && from > 0 ? snapshotFile(db, path, from) : undefined;
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

/**
 * Copies a database's file beside it, as before an upgrade; the last three such copies are kept.
 * @returns where the copy is. @throws {FaztError} `BUSY`.
 */
export function snapshotDatabase(db: Connection, path: string): string {
  return snapshotFile(db, path, schemaLevel(db));
}

function snapshotFile(db: Connection, path: string, level: number): string {
  const before = snapshots(path);
  // A clock that went back must not make the newest copy look like the oldest.
  const at = Math.max(Date.now(), (before[0]?.at ?? 0) + 1);
  const target = `${path}.before-${level}-${at}`;
  const partial = `${target}.partial`;
  try {
    copyUnderLock(db, path, partial);
    // As secret as what it is a copy of.
    chmodSync(partial, 0o600);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  for (const { file } of before.slice(KEPT_SNAPSHOTS - 1)) rmSync(file, { force: true });
  return target;
}

/**
 * Copies the file while nobody can write it. Its write lock is on the `-shm` file, so that closing
 * what copies it does not give the lock away (sqlite.org/howtocorrupt.html §2.2). `VACUUM INTO` is
 * not to be had: it attaches a database, which Deno refuses without every permission there is.
 */
function copyUnderLock(db: Connection, path: string, target: string): void {
  for (let tries = 0;; tries++) {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.exec("BEGIN IMMEDIATE");
    try {
      const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
      // Nobody wrote between the two: the file alone is the whole database.
      if ((log?.size ?? 0) === 0) return copyFileSync(path, target, constants.COPYFILE_EXCL);
    } finally {
      db.exec("ROLLBACK");
    }
    if (tries === TRIES) {
      throw new FaztError("BUSY", "Cannot copy the database before its upgrade: it is in use", {
        hint: "end the other program that has it open, then try again",
      });
    }
  }
}

/** Copies from before earlier upgrades, newest first; what a crash cut off goes. */
function snapshots(path: string): { readonly file: string; readonly at: number }[] {
  const name = basename(path);
  return readdirSync(dirname(path)).flatMap((entry) => {
    if (!entry.startsWith(`${name}.before-`)) return [];
    const match = /^-(\d+)-(\d+)(\.partial)?$/.exec(entry.slice(`${name}.before`.length));
    if (!match) return [];
    const file = `${dirname(path)}/${entry}`;
    if (match[3] === undefined) return [{ file, at: Number(match[2]) }];
    rmSync(file, { force: true });
    return [];
  }).sort((a, b) => b.at - a.at);
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
