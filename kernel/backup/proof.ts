import { Connection, migrate, newestLevel, schemaLevel } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { chunksOf, unpack } from "./container.ts";
import { damaged, type Header } from "./header.ts";
import { assertRoom, type Progress, quickCheck } from "./make_backup.ts";
import { headerOf } from "./container.ts";

/** What {@link prove} is told. */
export interface ProofTask {
  /** A packed backup, or a database as SQLite writes it. */
  readonly file: string;
  /** Where the database is unpacked, for whoever asked to use or remove. */
  readonly scratch: string;
  readonly passphrase: string | undefined;
  readonly diskPercent: number;
}

/** What a proof found. */
export interface Proof {
  /** Of a packed file; a plain database has none. */
  readonly header?: Header;
  /** Level of the database before it was opened. */
  readonly level: number;
  /** Level it has now: that of this executable, unless it was higher. */
  readonly openedAt: number;
  readonly size: number;
}

const SQLITE = "SQLite format 3\0";

/**
 * Proves that a backup can be restored by this executable, by doing all of it but the last step:
 * unpacks it, compares hashes, runs SQLite's check, opens and upgrades what came out.
 * @throws {FaztError} `BACKUP_DAMAGED`, `PASSPHRASE`, `BACKUP_NEWER`, `DISK_FULL`, `INVALID`.
 */
export async function prove(task: ProofTask, tell: (progress: Progress) => void): Promise<Proof> {
  const header = isDatabase(task.file) ? undefined : headerOf(task.file).header;
  if (header !== undefined && header.kind !== "backup") {
    throw new FaztError("INVALID", "Cannot restore this file: it is an app, not a backup", {
      hint: "fazt app import FILE",
    });
  }
  const total = header?.size ?? Deno.statSync(task.file).size;
  assertRoom(parentOf(task.scratch), total, task.diskPercent);
  if (header !== undefined) refuseNewer(header.level);
  const onBytes = (done: number) => tell({ step: "unpack", done, total });
  if (header === undefined) copyPlain(task.file, task.scratch);
  else await unpack(task.file, { to: task.scratch, passphrase: task.passphrase, onBytes });
  tell({ step: "check", done: 0, total });
  const level = examine(task.scratch);
  return { ...(header ? { header } : {}), level, openedAt: open(task.scratch), size: total };
}

/** Whether a file is a database as SQLite writes it. */
export function isDatabase(path: string): boolean {
  using file = Deno.openSync(path);
  const front = new Uint8Array(SQLITE.length);
  return file.readSync(front) === front.length && new TextDecoder().decode(front) === SQLITE;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Files that SQLite keeps beside it are not copied: a database in use is no backup. */
function copyPlain(from: string, to: string): void {
  for (const end of ["-wal", "-journal"]) {
    const size = Deno.lstatSync(from) && statSize(from + end);
    if (size > 0) {
      throw new FaztError("INVALID", `Cannot use ${from}: it is a database that was in use`, {
        hint: "stop its node first, or make a backup of it: fazt backup create",
      });
    }
  }
  using file = Deno.openSync(to, { write: true, createNew: true, mode: 0o600 });
  for (const chunk of chunksOf(from)) {
    for (let at = 0; at < chunk.length;) at += file.writeSync(chunk.subarray(at));
  }
  file.syncSync();
}

function statSize(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

function examine(path: string): number {
  return onDatabase(path, { readOnly: true }, (db) => {
    const faults = quickCheck(db);
    if (faults.length > 0) throw damaged(`the database in it is damaged: ${faults[0]}`);
    const level = schemaLevel(db);
    if (level === 0) throw damaged("the database in it is not one of a node");
    refuseNewer(level);
    return level;
  });
}

/** Opens it as a start would, and forgets the process that ran on it when it was copied. */
function open(path: string): number {
  return onDatabase(path, {}, (db) => {
    const { to } = migrate(db, path, { snapshot: false });
    db.exec("DELETE FROM node");
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return to;
  });
}

function onDatabase<T>(
  path: string,
  options: { readonly readOnly?: boolean },
  use: (db: Connection) => T,
): T {
  let db: Connection | undefined;
  try {
    db = new Connection(path, options);
    return use(db);
  } catch (error) {
    if (error instanceof FaztError) throw error;
    throw damaged(`SQLite cannot open what is in it: ${(error as Error).message}`);
  } finally {
    db?.close();
  }
}

function refuseNewer(level: number): void {
  if (level <= newestLevel()) return;
  throw new FaztError(
    "BACKUP_NEWER",
    `Cannot restore this file: its database is at level ${level}, this executable knows ` +
      `${newestLevel()}`,
    { hint: "upgrade this executable first (fazt version shows it)", status: 409 },
  );
}
