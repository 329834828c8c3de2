import { statfsSync } from "node:fs";
import { Connection, schemaLevel } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { formatBytes } from "../lib/bytes.ts";
import { type Backup, backupOf } from "./backup_info.ts";
import { pack } from "./container.ts";
import { makeFolder } from "./folder_store.ts";
import type { Header } from "./header.ts";
import { FILE_END, INFO_END, isBackupId } from "./names.ts";
import type { BackupStore } from "./store.ts";
import { openStore, type StoreSpec } from "./open_store.ts";

/** What {@link makeBackup} is told. */
export interface BackupTask {
  /** The live database. */
  readonly db: string;
  readonly store: StoreSpec;
  /** Where the copy stands until it is packed. */
  readonly work: string;
  readonly id: string;
  readonly nodeId: string;
  readonly createdAt: number;
  readonly version: string;
  readonly source: Header["source"];
  readonly compression: Header["compression"];
  readonly passphrase: string | undefined;
  /** Percentage of the disk that may be used. */
  readonly diskPercent: number;
}

/** How far a task is; bytes of the database where a step counts them. */
export interface Progress {
  readonly step: "copy" | "check" | "pack" | "store" | "unpack" | "read";
  readonly done: number;
  readonly total: number;
}

/** What a person counts of a database. */
const COUNTED = ["apps", "blobs", "kv", "secrets", "keys"] as const;

/**
 * Copies the live database (one moment of it, writers go on), checks the copy, packs
 * it and puts it in the store; the line that makes it a backup is put last. For a worker: it blocks.
 */
export async function makeBackup(
  task: BackupTask,
  tell: (progress: Progress) => void,
): Promise<Backup> {
  await makeFolder(task.work);
  removeLeftovers(task.work, task.nodeId);
  const store = openStore(task.store);
  await removeOrphans(store, task.nodeId);
  const base = `${task.work}/${task.nodeId}-${task.id}`;
  const copy = `${base}.copy`;
  const packed = `${base}.packed`;
  const info = `${base}.info`;
  try {
    const total = sizeOf(task.db);
    assertRoom(task.work, total * 2, task.diskPercent);
    tell({ step: "copy", done: 0, total });
    const level = await copyDatabase(task.db, copy);
    tell({ step: "check", done: 0, total });
    const { counts, secretKey } = checkCopy(copy);
    const { size } = Deno.statSync(copy);
    const done = await pack({
      from: copy,
      to: packed,
      header: {
        kind: "backup",
        ...{ id: task.id, nodeId: task.nodeId, createdAt: task.createdAt, version: task.version },
        ...{ level, source: task.source, compression: task.compression, counts, secretKey },
      },
      passphrase: task.passphrase,
      onBytes: (done) => tell({ step: "pack", done, total: size }),
    });
    Deno.removeSync(copy);
    tell({ step: "store", done: 0, total: done.bytes });
    const backup = backupOf(done.header, done);
    Deno.writeTextFileSync(info, JSON.stringify(backup, null, 2), { mode: 0o600 });
    await store.put(task.id + FILE_END, { path: packed });
    await store.put(task.id + INFO_END, { path: info });
    return backup;
  } catch (error) {
    // SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html).
    const code = (error as { errcode?: number }).errcode ?? 0;
    throw [11, 26].includes(code & 0xff) ? unsound((error as Error).message) : error;
  } finally {
    for (const path of [copy, `${copy}-wal`, `${copy}-shm`, packed, info]) removeFile(path);
  }
}

/** Where the copy of a backup grows: its size tells how far it is. */
export function copyPath(task: Pick<BackupTask, "work" | "nodeId" | "id">): string {
  return `${task.work}/${task.nodeId}-${task.id}.copy`;
}

/** What a copy of a database takes, bytes. */
function sizeOf(path: string): number {
  const db = new Connection(path, { readOnly: true });
  try {
    const pragma = (name: string) => Number(Object.values(db.get(`PRAGMA ${name}`)!)[0]);
    return pragma("page_count") * pragma("page_size");
  } finally {
    db.close();
  }
}

/** Copies one moment of a database; returns its level. */
async function copyDatabase(from: string, to: string): Promise<number> {
  Deno.openSync(to, { write: true, createNew: true, mode: 0o600 }).close();
  const db = new Connection(from, { readOnly: true });
  try {
    await db.copyTo(to);
  } finally {
    db.close();
  }
  const copy = new Connection(to);
  try {
    // One file, without a log beside it.
    copy.exec("PRAGMA journal_mode = DELETE");
    return schemaLevel(copy);
  } finally {
    copy.close();
  }
}

/** @throws {FaztError} `BACKUP_DAMAGED` when what was copied is not sound. */
function checkCopy(path: string): Pick<Header, "counts" | "secretKey"> {
  const db = new Connection(path, { readOnly: true });
  try {
    const faults = quickCheck(db);
    if (faults.length > 0) throw unsound(faults[0]!);
    const counts = COUNTED.map((table) => [
      table,
      db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)!.n,
    ]);
    const key = db.get<{ salt: Uint8Array | null }>("SELECT salt FROM node_keys");
    return {
      counts: Object.fromEntries(counts),
      secretKey: key === undefined ? "none" : key.salt === null ? "inside" : "sealed",
    };
  } finally {
    db.close();
  }
}

function unsound(why: string): FaztError {
  return new FaztError("BACKUP_DAMAGED", `Cannot back up: the database is damaged: ${why}`, {
    hint: "fazt doctor examines it; fazt backup list shows what can be restored",
    status: 500,
  });
}

/** What SQLite's own check finds; nothing when the file is sound. */
export function quickCheck(db: Connection): string[] {
  return db.all<{ quick_check: string }>("PRAGMA quick_check(20)")
    .map((row) => row.quick_check).filter((line) => line !== "ok");
}

/**
 * Refuses what does not fit, before anything is written.
 * @throws {FaztError} `DISK_FULL` with the numbers.
 */
export function assertRoom(folder: string, needs: number, percent: number): void {
  const disk = statfsSync(folder);
  const used = (disk.blocks - disk.bfree) * disk.bsize;
  const usable = used + disk.bavail * disk.bsize;
  // What is past the owner's limit is not there: the node would stop writing.
  const has = Math.max(0, Math.floor(usable * percent / 100 - used));
  if (needs <= has) return;
  throw new FaztError(
    "DISK_FULL",
    `Cannot do this: ${folder} needs ${formatBytes(needs)} and has ${formatBytes(has)} ` +
      `below ${percent} % of its disk`,
    {
      hint: "free space, name another folder (backup.folder), or raise limits.global.diskPercent",
      details: { needs, has, limit: "global.diskPercent", max: percent },
    },
  );
}

/** What an attempt that was cut off left. */
function removeLeftovers(work: string, nodeId: string): void {
  for (const { name } of Deno.readDirSync(work)) {
    if (name.startsWith(`${nodeId}-`)) removeFile(`${work}/${name}`);
  }
}

/** Files of this node that were never finished, or whose removal was not. */
async function removeOrphans(store: BackupStore, nodeId: string): Promise<void> {
  const names = (await store.list()).map(({ name }) => name);
  for (const name of names) {
    const id = name.slice(0, -FILE_END.length);
    if (!name.endsWith(FILE_END) || !isBackupId(id) || !id.endsWith(nodeId.slice(-4))) continue;
    if (!names.includes(id + INFO_END)) await store.delete(name);
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
