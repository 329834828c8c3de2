import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { quotaError } from "../usage.ts";
import { readTables } from "./catalogue.ts";
import { confine } from "./confined.ts";
import { alterTable, createTable, physical, statisticsSql } from "./ddl.ts";
import {
  checkCounts,
  readSchema,
  type SchemaInput,
  tableName,
  type TableSchema,
} from "./schema.ts";

/** What a definition needs from outside. */
export interface DefineOptions {
  readonly appId: string;
  readonly userId: string;
  readonly table: string;
  readonly input: SchemaInput;
  /** 12 characters, for the case that the table is new. */
  readonly id: string;
  readonly at: number;
  readonly maxTables: number;
}

/** What {@link define} did. */
export type Defined = "created" | "changed" | "unchanged";

/** Rows up to which an index is made: the node's other changes wait for it. */
const MAX_INDEXED_ROWS = 100_000;

/** Makes a table, or adds to one what its declaration has more. */
export function define(db: Connection, options: DefineOptions): Defined {
  const { appId, userId, at } = options;
  const name = tableName(options.table);
  const tables = readTables(db, appId);
  const found = tables.find((table) => table.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) {
    if (tables.length >= options.maxTables) {
      throw quotaError("storage.rd.tables", tables.length, options.maxTables);
    }
    const schema = readSchema(name, options.input);
    for (const sql of createTable(options.id, schema)) db.exec(sql);
    for (const sql of statisticsSql(options.id, schema)) db.exec(sql);
    db.run(
      "INSERT INTO rd_tables VALUES (?, ?, ?, ?, ?, ?, ?)",
      options.id,
      appId,
      userId,
      name,
      JSON.stringify(schema),
      at,
      at,
    );
    return "created";
  }
  const schema = mergeSchema(found.name, found.schema, options.input);
  if (JSON.stringify(schema) === JSON.stringify(found.schema)) return "unchanged";
  checkSize(db, { id: found.id, name, before: found.schema, after: schema });
  const change = { before: found.schema, after: schema, at };
  for (const sql of alterTable(found.id, change)) run(db, name, sql);
  for (const sql of statisticsSql(found.id, schema)) db.exec(sql);
  db.run(
    "UPDATE rd_tables SET schema = ?, updated_at = ? WHERE id = ?",
    JSON.stringify(schema),
    at,
    found.id,
  );
  return "changed";
}

/** A statement of a change, with an error an app can do something about. */
function run(db: Connection, table: string, sql: string): void {
  try {
    db.exec(sql);
  } catch (cause) {
    // `exec` of node:sqlite gives no code, only SQLite's text.
    if (!/constraint failed/.test(String((cause as Error).message))) throw cause;
    throw new FaztError(
      "CONFLICT",
      `Cannot change table "${table}": its rows do not fit the new declaration`,
      { hint: "make what is unique differ first", cause },
    );
  }
}

/**
 * What a table is after its declaration was read again: nothing goes, new columns come last.
 * @throws {FaztError} `CONFLICT` where a column would become something else.
 */
export function mergeSchema(table: string, before: TableSchema, input: SchemaInput): TableSchema {
  const asked = readSchema(table, input);
  const conflict = (why: string) =>
    new FaztError("CONFLICT", `Cannot change table "${table}": ${why}`, {
      hint: "define a new column or table, and copy what is there with exec in a migration",
    });
  if (asked.primaryKey.join().toLowerCase() !== before.primaryKey.join().toLowerCase()) {
    throw conflict(`its primary key is (${before.primaryKey.join(", ")})`);
  }
  const columns = before.columns.map((old) => {
    const now = asked.columns.find(({ name }) => name.toLowerCase() === old.name.toLowerCase());
    if (now === undefined) return old;
    if (now.type !== old.type) throw conflict(`column "${old.name}" is ${old.type}`);
    if (now.notNull && !old.notNull) throw conflict(`column "${old.name}" may be null`);
    // What is unique stays so; the default is that of the newest declaration.
    const { fallback: _, ...rest } = old;
    return {
      ...rest,
      unique: old.unique || now.unique,
      ...(now.fallback === undefined ? {} : { fallback: now.fallback }),
    };
  });
  const added = asked.columns.filter(({ name }) =>
    !before.columns.some((old) => old.name.toLowerCase() === name.toLowerCase())
  );
  for (const { name, notNull, fallback } of added) {
    if (notNull && fallback === undefined) {
      throw conflict(`the new column "${name}" is notNull, and has no default for the rows there`);
    }
  }
  const indexes = [...before.indexes, ...asked.indexes];
  const kept = new Map(indexes.map((index) => [JSON.stringify(index).toLowerCase(), index]));
  const merged = {
    columns: [...columns, ...added],
    primaryKey: before.primaryKey,
    indexes: [...kept.values()],
  };
  checkCounts(table, merged);
  return merged;
}

function checkSize(
  db: Connection,
  { id, name, before, after }: {
    readonly id: string;
    readonly name: string;
    readonly before: TableSchema;
    readonly after: TableSchema;
  },
): void {
  const uniques = ({ columns }: TableSchema) => columns.filter(({ unique }) => unique).length;
  if (after.indexes.length === before.indexes.length && uniques(after) === uniques(before)) return;
  const { n } = db.get<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${physical(id).table} LIMIT ?)`,
    MAX_INDEXED_ROWS + 1,
  )!;
  if (n <= MAX_INDEXED_ROWS) return;
  throw new FaztError(
    "TOO_LARGE",
    `Cannot index table "${name}": it has more than ${MAX_INDEXED_ROWS} rows`,
    { hint: "define a new table with the index, and copy the rows in portions" },
  );
}

/** A change that is undone leaves the schema's number where another change may bring it again. */
export function changingTables<R>(db: Connection, run: () => R): R {
  confine(db).forget();
  try {
    return run();
  } finally {
    confine(db).forget();
  }
}
