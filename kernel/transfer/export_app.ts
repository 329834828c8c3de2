import { assertRoom, pack, type Packed, type Progress, removeScratch } from "../backup/mod.ts";
import { Connection, schemaLevel, type SqlValue } from "../db/mod.ts";
import { BLOB_REFERENCES, blobChunks } from "../fs/mod.ts";
import type { GivenTable } from "../storage/mod.ts";
import {
  type AppInfo,
  createAppFile,
  createRowTable,
  type RowTable,
  writeInfo,
} from "./app_file.ts";
import { APP_TABLES } from "./app_tables.ts";
import { NUMBERED_TABLES, numberedName, pillarOf } from "./pillar_operations.ts";

/** What {@link exportApp} is told. */
export interface ExportTask {
  /** The live database. */
  readonly db: string;
  /** The file to make. */
  readonly to: string;
  readonly appId: string;
  /** What the file says of itself, but for what is found here. */
  readonly info: Omit<AppInfo, "format" | "appId" | "left">;
  readonly left: readonly string[];
  readonly id: string;
  readonly nodeId: string;
  readonly createdAt: number;
  readonly version: string;
  readonly diskPercent: number;
}

/** Revisions that come along, the newest and the one that is served. */
const REVISIONS = 20;

/**
 * Writes one moment of an app into a file: files and, if asked, data; never a secret. For a worker:
 * it blocks.
 */
export async function exportApp(
  task: ExportTask,
  tell: (progress: Progress) => void,
): Promise<Packed> {
  const scratch = `${task.to}.scratch`;
  const live = new Connection(task.db, { readOnly: true, bigints: true });
  try {
    assertRoom(folderOf(task.to), 2 * roughBytes(live, task.appId), task.diskPercent);
    const out = new Connection(scratch);
    let level: number;
    try {
      live.exec("BEGIN");
      level = Number(schemaLevel(live));
      out.exec("BEGIN");
      write({ live, out, task });
      out.exec("COMMIT");
      live.exec("COMMIT");
      // One file, whatever journal it was written with.
      out.exec("PRAGMA journal_mode = DELETE");
    } finally {
      out.close();
    }
    const { id, nodeId, createdAt, version } = task;
    return await pack({
      from: scratch,
      to: task.to,
      header: {
        ...{ kind: "app", id, nodeId, createdAt, version, level, source: "manual" },
        ...{ compression: "zstd", counts: {}, secretKey: "none" },
      },
      onBytes: (done) => tell({ step: "pack", done, total: Deno.statSync(scratch).size }),
    });
  } catch (error) {
    removeScratch(task.to);
    throw error;
  } finally {
    live.close();
    removeScratch(scratch);
  }
}

interface Writing {
  readonly live: Connection;
  readonly out: Connection;
  readonly task: ExportTask;
}

function write(writing: Writing): void {
  const { out, task } = writing;
  createAppFile(out);
  const cids = new Set<string>();
  writeCode(writing, cids);
  const left = [...task.left];
  if (task.info.withData) writeData(writing, { cids, left });
  writeBlobs(writing, cids);
  writeInfo(out, { format: 1, appId: task.appId, ...task.info, left: left.slice(0, 1000) });
}

function writeCode({ live, out, task }: Writing, cids: Set<string>): void {
  const revisions = live.all<{ n: bigint; source: string; message: string | null }>(
    "SELECT n, source, message FROM revisions WHERE app_id = ? AND (n = ? OR n IN " +
      "(SELECT n FROM revisions WHERE app_id = ? ORDER BY n DESC LIMIT ?)) ORDER BY n",
    task.appId,
    task.info.current,
    task.appId,
    REVISIONS,
  );
  for (const { n, source, message } of revisions) {
    out.run("INSERT INTO revisions VALUES (?, ?, ?)", n, source, message);
    const files = live.iterate<{ path: string; cid: string; size: bigint; type: string }>(
      "SELECT path, cid, size, type FROM files WHERE app_id = ? AND revision = ? ORDER BY path",
      task.appId,
      n,
    );
    for (const { path, cid, size, type } of files) {
      out.run("INSERT INTO files VALUES (?, ?, ?, ?, ?)", n, path, cid, size, type);
      cids.add(cid);
    }
  }
}

function writeData(
  { live, out, task }: Writing,
  { cids, left }: { readonly cids: Set<string>; readonly left: string[] },
): void {
  for (const { name, columns, rows } of givenTables({ live, out, task }, left)) {
    const references = BLOB_REFERENCES.filter(([table]) => table === name)
      .map(([, column]) => columns.indexOf(column));
    let insert: ((values: readonly SqlValue[]) => void) | undefined;
    for (const values of rows) {
      insert ??= createRowTable(out, { name, columns });
      insert(values);
      for (const at of references) {
        if (typeof values[at] === "string") cids.add(values[at]);
      }
    }
  }
}

/** What an app keeps, as tables of the file. */
function* givenTables({ live, task }: Writing, left: string[]): Generator<GivenTable> {
  for (const name of tablesOfApps(live)) {
    if (APP_TABLES.some((table) => table.name === name && table.stays !== undefined)) continue;
    if (pillarOf(name)) continue;
    if (numberedName(name)) {
      left.push(`table ${name}`);
      continue;
    }
    const columns = columnsOf(live, name);
    yield { name, columns, rows: rowsOf(live, { name, columns, appId: task.appId }) };
  }
  for (const { give } of NUMBERED_TABLES) yield* give(live, task.appId);
}

function* rowsOf(
  live: Connection,
  { name, columns, appId }: RowTable & { readonly appId: string },
): Generator<readonly SqlValue[]> {
  const list = columns.map((column) => `"${column}"`).join(", ");
  const rows = live.iterate(`SELECT ${list} FROM "${name}" WHERE app_id = ?`, appId);
  for (const row of rows) yield columns.map((column) => row[column]!);
}

function writeBlobs({ live, out }: Writing, cids: ReadonlySet<string>): void {
  // As bigint: a number without a declared type would be kept as a floating one.
  let first = 1n;
  for (const cid of cids) {
    const blob = live.get<{ size: bigint }>("SELECT size FROM blobs WHERE cid = ?", cid);
    if (!blob) continue;
    let count = 0n;
    for (const bytes of blobChunks(live, cid)) {
      out.run("INSERT INTO chunks VALUES (?)", bytes);
      count++;
    }
    out.run("INSERT INTO blobs VALUES (?, ?, ?, ?)", cid, blob.size, first, count);
    first += count;
  }
}

/** Every table with rows of apps: whatever is added later is found too. */
function tablesOfApps(db: Connection): string[] {
  return db.all<{ name: string }>(
    "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS " +
      "(SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'app_id') ORDER BY m.name",
  ).map(({ name }) => name);
}

function columnsOf(db: Connection, table: string): RowTable["columns"] {
  return db.all<{ name: string }>("SELECT name FROM pragma_table_info(?)", table)
    .map(({ name }) => name);
}

/** What the file will take at most, roughly: files once, storage as it is counted. */
function roughBytes(live: Connection, appId: string): number {
  const { bytes } = live.get<{ bytes: number | bigint | null }>(
    "SELECT (SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT cid, size FROM files " +
      "WHERE app_id = ?1)) + (SELECT coalesce(sum(bytes), 0) FROM storage_totals " +
      "WHERE app_id = ?1) AS bytes",
    appId,
  )!;
  return Number(bytes) + 65_536;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
