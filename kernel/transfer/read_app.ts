import { assertRoom, damaged, headerOf, quickCheck, unpack } from "../backup/mod.ts";
import { Connection, newestLevel, type Row, type SqlValue } from "../db/mod.ts";
import { isCid } from "../fs/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { admitRows, type AdmittedRows, columnsFor } from "./admit_rows.ts";
import type { Admission } from "./app_tables.ts";
import { type AppInfo, readAppFile, type RowTable, rowTableName } from "./app_file.ts";
import { pillarOf } from "./pillar_operations.ts";

/** What {@link openApp} is told. */
export interface OpenTask {
  readonly file: string;
  /** Where it is unpacked; the caller removes it. */
  readonly scratch: string;
  /** The most that may come out of it, bytes. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly diskPercent: number;
}

/** A blob in the file; its content proves itself when it is stored. */
export interface FileBlob {
  readonly cid: string;
  readonly size: number;
  /** Number of its first chunk. */
  readonly first: number;
  readonly count: number;
}

/** A revision in the file. */
export interface FileRevision {
  readonly n: number;
  readonly source: string;
  readonly message: string | null;
  readonly files: readonly { readonly path: string; readonly cid: string; readonly size: number }[];
}

/** What an opened file has in it. */
export interface OpenedApp {
  readonly info: AppInfo;
  readonly level: number;
  readonly version: string;
  readonly nodeId: string;
  readonly revisions: readonly FileRevision[];
  readonly blobs: readonly FileBlob[];
  readonly tables: readonly RowTable[];
}

/** Which rows are wanted. */
export interface RowsTask extends Admission {
  /** The live database, whose columns they have to fit. */
  readonly db: string;
  /** The table, which has one name in the file and on this node. */
  readonly table: string;
  readonly after: number;
  /** The most a row may take in memory, bytes. */
  readonly maxRow: number;
}

/** Some rows of one table, judged. */
export interface RowBatch extends AdmittedRows {
  /** Where to go on; undefined at the end. */
  readonly after?: number;
}

const BATCH_ROWS = 500;
const BATCH_BYTES = 1024 * 1024;
const MAX_REVISIONS = 21;
const MAX_OBJECTS = 500_000;
const MAX_CHUNK = 262_144;

/** The file this worker reads; a worker is for one import. */
let open: { readonly db: Connection; readonly tables: readonly RowTable[] } | undefined;

/**
 * Unpacks and judges a stranger's file. For a worker: it blocks.
 * @throws {FaztError} `BACKUP_DAMAGED`, `BACKUP_NEWER`, `INVALID`, `TOO_LARGE`.
 */
export async function openApp(task: OpenTask): Promise<OpenedApp> {
  const { header } = headerOf(task.file);
  if (header.kind !== "app") {
    throw new FaztError("INVALID", "Cannot import this file: it is a backup of a whole node", {
      hint: "fazt backup restore FILE",
    });
  }
  if (header.level > newestLevel()) {
    throw new FaztError("BACKUP_NEWER", "Cannot import this file: a newer fazt exported it", {
      hint: `upgrade this node to ${header.version.slice(0, 40)} first`,
      status: 409,
    });
  }
  if (header.size > task.maxBytes) {
    throw new FaztError("TOO_LARGE", `Cannot import this file: ${header.size} bytes are in it`, {
      hint: "fazt config set limits.import.mb <MiB> raises the limit",
      details: { limit: "import.mb", used: header.size, max: task.maxBytes },
    });
  }
  assertRoom(task.scratch.slice(0, task.scratch.lastIndexOf("/")), header.size, task.diskPercent);
  await unpack(task.file, { to: task.scratch });
  return judged(() => {
    const db = new Connection(task.scratch, { readOnly: true, untrusted: true, bigints: true });
    const { info, tables } = readAppFile(db);
    const faults = quickCheck(db);
    if (faults.length > 0) throw damaged(`the database in it is damaged: ${faults[0]}`);
    open = { db, tables };
    const { level, version, nodeId } = header;
    const found = { revisions: revisionsOf(db, task.maxFiles), blobs: blobsOf(db, task) };
    return { info, level, version, nodeId, ...found, tables };
  });
}

/** The next rows of a table. @throws {FaztError} `BACKUP_DAMAGED`, `BACKUP_NEWER`. */
export function readRows(p: RowsTask): RowBatch {
  const { rows, after } = nextRows(p);
  const next = after === undefined ? {} : { after };
  // A pillar judges its rows where it writes them.
  if (pillarOf(p.table)) return { rows, dropped: 0, bookings: [], ...next };
  const live = new Connection(p.db, { readOnly: true });
  try {
    const columns = columnsFor(live, p.table);
    const to = { appId: p.appId, at: p.at };
    return { ...admitRows(rows, p.table, { columns, to }), ...next };
  } finally {
    live.close();
  }
}

function nextRows(p: RowsTask): { readonly rows: Row[]; readonly after?: number } {
  return judged(() => {
    const table = open!.tables.find(({ name }) => name === p.table)!;
    const columns = table.columns.map((column) => `"${column}"`).join(", ");
    const rows: Row[] = [];
    let [bytes, after] = [0, p.after];
    const found = open!.db.iterate(
      `SELECT rowid AS "rowid ", ${columns} FROM "${rowTableName(p.table)}" ` +
        `WHERE rowid > ? ORDER BY rowid LIMIT ${BATCH_ROWS}`,
      p.after,
    );
    for (const one of found) {
      after = Number(one["rowid "]);
      // By name: an iteration has a column of its own in its rows.
      const row = Object.fromEntries(table.columns.map((column) => [column, one[column]!]));
      const size = Object.values(row).reduce((sum: number, value) => sum + sizeOf(value), 0);
      if (size > p.maxRow) throw damaged("a row in it is too large");
      rows.push(row);
      bytes += size;
      if (bytes > BATCH_BYTES) return { rows, after };
    }
    return { rows, ...(rows.length < BATCH_ROWS ? {} : { after }) };
  });
}

/** One chunk of a blob. */
export function readChunk(p: { readonly n: number }): Uint8Array {
  return judged(() => {
    const row = open!.db.get<{ bytes: SqlValue }>("SELECT bytes FROM chunks WHERE rowid = ?", p.n);
    if (!(row?.bytes instanceof Uint8Array) || row.bytes.length > MAX_CHUNK) {
      throw damaged("a piece of a file in it is missing");
    }
    return row.bytes;
  });
}

function revisionsOf(db: Connection, maxFiles: number): FileRevision[] {
  const rows = db.all(`SELECT n, source, message FROM revisions LIMIT ${MAX_REVISIONS + 1}`);
  if (rows.length > MAX_REVISIONS) throw damaged("it has too many revisions");
  return rows.map((row) => {
    const files = db.all(
      `SELECT path, cid, size FROM files WHERE revision = ? LIMIT ${maxFiles + 1}`,
      row.n!,
    );
    if (files.length > maxFiles) {
      throw new FaztError("TOO_MANY_FILES", `Cannot import: over ${maxFiles} files`, {
        hint: "fazt config set limits.deploy.entries <n> raises the limit",
        status: 413,
      });
    }
    return {
      n: whole(row.n),
      source: text(row.source, 1000),
      message: row.message === null ? null : text(row.message, 1000),
      files: files.map(({ path, cid, size }) => ({
        path: text(path, 4096),
        cid: cidText(cid),
        size: whole(size),
      })),
    };
  }).sort((a, b) => a.n - b.n);
}

function blobsOf(db: Connection, { maxBytes, maxFiles }: OpenTask): FileBlob[] {
  const most = maxFiles * MAX_REVISIONS + MAX_OBJECTS;
  const rows = db.all(`SELECT cid, size, first, count FROM blobs LIMIT ${most + 1}`);
  if (rows.length > most) throw damaged("it has too many files");
  return rows.map(({ cid, size, first, count }) => {
    const blob = { size: whole(size), first: whole(first), count: whole(count) };
    if (blob.size > maxBytes || blob.count !== Math.max(1, Math.ceil(blob.size / MAX_CHUNK))) {
      throw damaged("the length of a file in it cannot be");
    }
    return { cid: cidText(cid), ...blob };
  });
}

/** SQLite's own errors while it reads are the file's fault. */
function judged<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FaztError) throw error;
    throw damaged(`SQLite cannot read it: ${(error as Error).message.slice(0, 200)}`);
  }
}

function whole(value: SqlValue | undefined): number {
  const n = Number(value);
  if (typeof value === "bigint" && Number.isSafeInteger(n) && n >= 0) return n;
  throw damaged("a number in it is not one");
}

function text(value: SqlValue | undefined, most: number): string {
  if (typeof value === "string" && value.length <= most) return value;
  throw damaged("a text in it is not one");
}

function cidText(value: SqlValue | undefined): string {
  if (typeof value === "string" && isCid(value)) return value;
  throw damaged("a content id in it is not one");
}

function sizeOf(value: SqlValue): number {
  return typeof value === "string"
    ? value.length * 2
    : value instanceof Uint8Array
    ? value.length
    : 8;
}
