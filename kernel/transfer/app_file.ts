import type { Connection, SqlValue } from "../db/mod.ts";
import { z } from "../lib/zod.ts";
import { damaged } from "../backup/mod.ts";

/** `application_id` of an exported app (sqlite.org/pragma.html): "FZAP". */
const APPLICATION_ID = 0x465a4150;
/** What the name of a table of rows begins with. */
const ROWS = "t_";
/** Bounds of what a stranger's file may have. */
const MAX_TABLES = 12_000;
const MAX_COLUMNS = 200;

/** Tables that every exported app has; the text is exactly what stands in the file. */
const FIXED = {
  info: 'CREATE TABLE "info" ("json")',
  revisions: 'CREATE TABLE "revisions" ("n", "source", "message")',
  files: 'CREATE TABLE "files" ("revision", "path", "cid", "size", "type")',
  blobs: 'CREATE TABLE "blobs" ("cid", "size", "first", "count")',
  chunks: 'CREATE TABLE "chunks" ("bytes")',
} as const;

const TABLE =
  /^CREATE TABLE "(t_[a-z][a-z0-9_]{0,99})" \(("[a-z_][a-z0-9_]{0,99}"(?:, "[a-z_][a-z0-9_]{0,99}")*)\)$/;

const infoSchema = z.object({
  format: z.literal(1),
  appId: z.string().max(64),
  name: z.string().max(64),
  title: z.string().max(200).nullable(),
  /** The number of the revision that was served. */
  current: z.int().nullable(),
  withData: z.boolean(),
  env: z.record(z.string().max(128), z.string().max(65_536)),
  /** Names of variables and secrets whose values stayed where they are. */
  left: z.array(z.string().max(300)).max(1000),
  /** Repositories that revisions were made of; judged where they are written down. */
  origins: z.array(z.object({
    n: z.int(),
    type: z.literal("git"),
    url: z.string().max(2000),
    path: z.string().max(1024),
    ref: z.string().max(255).nullable(),
    commit: z.string().max(64),
    signer: z.string().max(100).nullable(),
  })).max(100).optional(),
});

/** What an exported app says of itself. */
export type AppInfo = z.output<typeof infoSchema>;

/** A table of rows in the file. */
export interface RowTable {
  /** Its name on a node. */
  readonly name: string;
  readonly columns: readonly string[];
}

/** Writes the frame of an exported app into an empty database. */
export function createAppFile(db: Connection): void {
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  for (const sql of Object.values(FIXED)) db.exec(sql);
}

/** Adds a table of rows; returns how to write one. */
export function createRowTable(
  db: Connection,
  { name, columns }: RowTable,
): (values: readonly SqlValue[]) => void {
  const quoted = columns.map((column) => `"${column}"`);
  const sql = `CREATE TABLE "${ROWS}${name}" (${quoted.join(", ")})`;
  if (!TABLE.test(sql)) throw new Error(`${name} has a name that cannot be exported`);
  db.exec(sql);
  const insert = `INSERT INTO "${ROWS}${name}" VALUES (${columns.map(() => "?").join(", ")})`;
  return (values) => db.run(insert, ...values);
}

/** Writes what the file says of itself. */
export function writeInfo(db: Connection, info: AppInfo): void {
  db.run("INSERT INTO info VALUES (?)", JSON.stringify(info));
}

/**
 * Reads the frame of a stranger's file, opened as `untrusted`. Its schema has to be, letter by
 * letter, one that {@link createAppFile} writes: no view, trigger, index, default, check or
 * generated column, so that nothing in it can run.
 * @throws {FaztError} `BACKUP_DAMAGED`
 */
export function readAppFile(db: Connection): {
  readonly info: AppInfo;
  readonly tables: readonly RowTable[];
} {
  const id = Number(Object.values(db.get("PRAGMA application_id")!)[0]);
  if (id !== APPLICATION_ID) throw damaged("it is not an app that fazt exported");
  const tables: RowTable[] = [];
  const fixed = new Set<string>(Object.values(FIXED));
  const schema = db.all<{ type: string; sql: string | null }>(
    `SELECT type, sql FROM sqlite_master LIMIT ${MAX_TABLES + 1}`,
  );
  if (schema.length > MAX_TABLES) throw damaged("it has too many tables");
  for (const { type, sql } of schema) {
    if (type === "table" && sql !== null && fixed.delete(sql)) continue;
    const match = type === "table" && sql !== null ? TABLE.exec(sql) : null;
    if (!match) throw damaged("there is something in it that fazt does not write");
    const columns = match[2]!.split(", ").map((column) => column.slice(1, -1));
    if (columns.length > MAX_COLUMNS || new Set(columns).size < columns.length) {
      throw damaged("a table in it cannot be");
    }
    tables.push({ name: match[1]!.slice(ROWS.length), columns });
  }
  if (fixed.size > 0) throw damaged("a part of it is missing");
  return { info: readInfo(db), tables };
}

/** The name of a table of rows inside the file. */
export function rowTableName(name: string): string {
  return ROWS + name;
}

function readInfo(db: Connection): AppInfo {
  const rows = db.all<{ json: SqlValue }>("SELECT json FROM info LIMIT 2");
  try {
    if (rows.length !== 1) throw new Error("there is not one row");
    return infoSchema.parse(JSON.parse(rows[0]!.json as string));
  } catch {
    throw damaged("what it says of itself cannot be read");
  }
}
