import { dirname } from "node:path";
import { Connection, lockFile } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { hashFile } from "./container.ts";
import { makeFolder, sync } from "./folder_store.ts";
import { damaged } from "./header.ts";
import type { Progress } from "./make_backup.ts";
import { type Proof, prove } from "./proof.ts";
import { removeScratch } from "./verify_file.ts";

/** What {@link restoreDatabase} is told. */
export interface RestoreInput {
  /** A backup, or a copy that an upgrade made. */
  readonly file: string;
  /** The database that is replaced; there may be none. */
  readonly dbPath: string;
  readonly passphrase: string | undefined;
  /** SHA-256 the file had when it was made, where that is known. */
  readonly sha256?: string | undefined;
  /** Unix ms, for the name of what is kept. */
  readonly at: number;
  readonly tell?: (progress: Progress) => void;
}

/** What a restore did. */
export interface Restored {
  readonly proof: Proof;
  /** Where the database of before is. */
  readonly kept?: string;
}

/** Files that SQLite keeps beside a database. */
const BESIDE = ["-wal", "-shm", "-journal"] as const;

/**
 * Replaces a database by the one in a backup, once that is proven; the old one is kept beside it.
 * The node must be down: this holds its lock. For the command line: it blocks.
 * @throws {FaztError} `LOCKED`, and what a proof finds; the database is then as it was.
 */
export async function restoreDatabase(input: RestoreInput): Promise<Restored> {
  const { dbPath, file } = input;
  await makeFolder(dirname(dbPath));
  const lock = await lockFile(dbPath).catch((error) => {
    if (!(error instanceof FaztError) || error.code !== "LOCKED") throw error;
    throw new FaztError("LOCKED", `Cannot restore over ${dbPath}: a node runs on it`, {
      hint: "stop the node, restore, then start it again; or restore beside it: --db OTHER_FILE",
      status: 409,
      details: { holder: error.message },
    });
  });
  const scratch = `${dbPath}.restoring`;
  try {
    refuseSame(file, dbPath);
    // What a restore left that was cut off.
    removeScratch(scratch);
    if (input.sha256 !== undefined && hashFile(file).sha256 !== input.sha256) {
      throw damaged("it is not what was put into the store");
    }
    const proof = await prove(
      { file, scratch, passphrase: input.passphrase, diskPercent: 100 },
      input.tell ?? (() => {}),
    );
    await sync(scratch);
    const kept = exists(dbPath) ? keep(dbPath, input.at) : undefined;
    Deno.renameSync(scratch, dbPath);
    await sync(dirname(dbPath));
    return { proof, ...(kept === undefined ? {} : { kept }) };
  } finally {
    removeScratch(scratch);
    lock.release();
  }
}

/**
 * Gives the old database a second name, so that at every moment there is a whole one under its
 * own; returns that name.
 */
function keep(dbPath: string, at: number): string {
  let kept = `${dbPath}.before-restore-${at}`;
  for (let later = at; exists(kept);) kept = `${dbPath}.before-restore-${++later}`;
  fold(dbPath);
  // What could not be folded in belongs to the old database: the new one must never see it.
  for (const end of BESIDE) {
    if (exists(dbPath + end)) Deno.renameSync(dbPath + end, kept + end);
  }
  try {
    Deno.linkSync(dbPath, kept);
  } catch {
    // A file system without hard links: for a moment there is only the name of before.
    Deno.renameSync(dbPath, kept);
  }
  return kept;
}

/** Folds the write-ahead log into the file, as far as the file can still be read. */
function fold(path: string): void {
  try {
    const db = new Connection(path);
    try {
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      db.close();
    }
  } catch { /* it is damaged, which may be why it is replaced */ }
}

function refuseSame(file: string, dbPath: string): void {
  if (!exists(dbPath) || Deno.realPathSync(file) !== Deno.realPathSync(dbPath)) return;
  throw new FaztError("INVALID", "Cannot restore a database from itself", {
    hint: "name a backup: fazt backup list",
  });
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
