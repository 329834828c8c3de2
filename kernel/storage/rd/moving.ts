import type { Connection, Row, SqlValue } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import {
  type GivenTable,
  number,
  type PillarMove,
  placeOf,
  type Places,
  shaped,
  type TakenRows,
  time,
  whose,
} from "../moving.ts";
import { book } from "./booking.ts";
import { readTables } from "./catalogue.ts";
import { confine } from "./confined.ts";
import { insertSql, rowsSql } from "./ddl.ts";
import { changingTables, define } from "./define.ts";
import { type Column, inputOf, type SchemaInput, schemaInput, type TableSchema } from "./schema.ts";

/** A row is a mebibyte at most; it counts for a little more than it is. */
const MAX_ROW = MIB + 4096;

const tableRow = z.strictObject({
  n: number,
  user_id: whose,
  name: z.string(),
  declared: z.string().max(1_000_000),
  created_at: time,
});
const migrationRow = z.strictObject({
  id: z.string().min(1).max(100),
  user_id: whose,
  applied_at: time,
});

/** Tables move as they were declared, rows as they are; views and triggers are made anew. */
export const RD_MOVE: PillarMove = {
  pillar: "rd",
  tables: ["rd_tables", "rd_migrations"],
  give,
  take: (db, taken) => {
    if (taken.table === "rd_tables") return takeTables(db, taken);
    if (taken.table === "rd_migrations") takeMigrations(db, taken);
    else takeRows(db, taken);
    return {};
  },
};

function* give(db: Connection, appId: string): Generator<GivenTable> {
  const made = new Map(
    db.all<{ id: string; user_id: string; created_at: bigint }>(
      "SELECT id, user_id, created_at FROM rd_tables WHERE app_id = ?",
      appId,
    ).map((row) => [row.id, row]),
  );
  const tables = readTables(db, appId).map((table, i) => ({ ...table, n: BigInt(i + 1) }));
  yield {
    name: "rd_tables",
    columns: Object.keys(tableRow.shape),
    rows: tables.map(({ id, n, name, schema }) => {
      const { user_id, created_at } = made.get(id)!;
      return [n, user_id, name, JSON.stringify(inputOf(schema)), created_at];
    }),
  };
  const columns = Object.keys(migrationRow.shape);
  const migrations = db.all(
    `SELECT ${columns.join(", ")} FROM rd_migrations WHERE app_id = ? ORDER BY applied_at, id`,
    appId,
  );
  yield {
    name: "rd_migrations",
    columns,
    rows: migrations.map((row) => columns.map((column) => row[column]!)),
  };
  for (const { id, n, schema } of tables) {
    yield { name: `rd_${n}`, columns: namesOf(schema), rows: valuesOf(db, id, schema) };
  }
}

/** Columns have names of ours in the file, by their place: an app's are longer and of other letters. */
const namesOf = ({ columns }: TableSchema) => ["user_id", ...columns.map((_, i) => `c${i}`)];

function* valuesOf(
  db: Connection,
  id: string,
  schema: TableSchema,
): Generator<readonly SqlValue[]> {
  for (const row of db.iterate<Row>(rowsSql(id, schema))) {
    yield [row.user_id!, ...schema.columns.map(({ name }) => row[`c_${name}`]!)];
  }
}

function takeTables(db: Connection, { appId, rows, ids, limits }: TakenRows): Places {
  return changingTables(db, () => {
    const places: Record<string, string> = {};
    for (const [i, row] of rows.entries()) {
      const { n, name, declared, ...made } = shaped(row, tableRow, "rd_tables");
      const done = define(db, {
        appId,
        userId: made.user_id,
        table: name,
        input: declaration(declared),
        id: ids[i]!,
        at: made.created_at,
        maxTables: limits.rdTables,
      });
      if (done !== "created") throw invalid(`there are two tables "${name}"`);
      places[`rd_${n}`] = ids[i]!;
    }
    return places;
  });
}

function declaration(text: string): SchemaInput {
  try {
    return schemaInput.parse(JSON.parse(text));
  } catch {
    throw invalid("what one is declared as cannot be read");
  }
}

function takeMigrations(db: Connection, { appId, rows }: TakenRows): void {
  for (const row of rows) {
    const { id, user_id, applied_at } = shaped(row, migrationRow, "rd_migrations");
    db.run("INSERT INTO rd_migrations VALUES (?, ?, ?, ?)", appId, id, user_id, applied_at);
  }
}

function takeRows(db: Connection, taken: TakenRows): void {
  const { appId, rows, limits } = taken;
  const id = placeOf(taken);
  const { name, schema } = readTables(db, appId).find((table) => table.id === id)!;
  const names = namesOf(schema);
  const sql = insertSql(id, schema);
  // The triggers of a table call what this makes known.
  confine(db);
  const grown = new Map<string, { rows: number; bytes: number }>();
  for (const row of rows) {
    if (names.some((one) => !Object.hasOwn(row, one)) || Object.keys(row).length > names.length) {
      throw invalid(`rows of "${name}" have other columns than it`);
    }
    const userId = shaped({ user_id: row.user_id! }, z.object({ user_id: whose }), name).user_id;
    const values = schema.columns.map((column, i) => {
      const value = row[`c${i}`]!;
      if (fits(value, column)) return value;
      throw invalid(`"${column.name}" of a row of "${name}" is no ${column.type}`);
    });
    const { size } = db.get<{ size: number }>(sql, userId, ...values)!;
    if (size > MAX_ROW) throw invalid(`a row of "${name}" is over a mebibyte`);
    const before = grown.get(userId) ?? { rows: 0, bytes: 0 };
    grown.set(userId, { rows: before.rows + 1, bytes: before.bytes + size });
  }
  for (const [userId, growth] of grown) {
    book(db, { owner: { appId, userId }, rows: limits.rdRows, appMb: limits.appMb }, growth);
  }
}

/** As it would be stored: SQLite itself would make a number of a text that looks like one. */
function fits(value: SqlValue, { type, notNull }: Column): boolean {
  if (value === null) return !notNull;
  switch (type) {
    case "text":
    case "json":
      return typeof value === "string";
    case "blob":
      return value instanceof Uint8Array;
    case "real":
      return typeof value === "number";
    case "boolean":
      return value === 0n || value === 1n;
    case "integer":
    case "date":
      return typeof value === "bigint";
  }
}

function invalid(why: string): FaztError {
  return new FaztError("INVALID", `Cannot take these tables: ${why}`);
}
