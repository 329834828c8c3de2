import type { Connection, Row, SqlValue } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { type Admission, APP_TABLES } from "./app_tables.ts";

/** A column as SQLite describes it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
  readonly dflt_value: string | null;
}

/** Entries and bytes of one person in one pillar. */
export interface Booking {
  readonly userId: string;
  readonly pillar: string;
  readonly entries: number;
  readonly bytes: number;
}

/** Rows that may be written. */
export interface AdmittedRows {
  readonly rows: readonly Row[];
  readonly dropped: number;
  readonly bookings: readonly Booking[];
}

/**
 * The columns of a table that takes rows of apps.
 * @throws {FaztError} `BACKUP_NEWER` when this node has no such table.
 */
export function columnsFor(db: Connection, table: string): Column[] {
  const columns = db.all<Column>("SELECT * FROM pragma_table_info(?)", table);
  if (columns.some(({ name }) => name === "app_id")) return columns;
  throw new FaztError("BACKUP_NEWER", `Cannot import: this node has no place for "${table}"`, {
    hint: "upgrade this node, or export without data: fazt app export APP --no-data",
    status: 409,
  });
}

/** Judges rows of a stranger's file by what the tables of this node are. */
export function admitRows(
  given: readonly Row[],
  table: string,
  { columns, to }: { readonly columns: readonly Column[]; readonly to: Admission },
): AdmittedRows {
  const rule = APP_TABLES.find(({ name }) => name === table);
  const usage = rule?.usage;
  const rows: Row[] = [];
  const bookings = new Map<string, Booking>();
  for (const one of given) {
    const fitting = fitted(one, columns, to);
    const row = rule?.admit ? rule.admit(withNumbers(fitting), to) : fitting;
    if (row === undefined) continue;
    rows.push(row);
    if (!usage) continue;
    const { pillar } = usage;
    const userId = String(row.user_id);
    const before = bookings.get(userId) ?? { userId, pillar, entries: 0, bytes: 0 };
    bookings.set(userId, {
      ...before,
      entries: before.entries + 1,
      bytes: before.bytes + usage.bytes(withNumbers(row)),
    });
  }
  return { rows, dropped: given.length - rows.length, bookings: [...bookings.values()] };
}

/** The row with this node's columns, each of the type it declares. */
function fitted(row: Row, columns: readonly Column[], to: Admission): Row {
  const known = new Set(columns.map(({ name }) => name));
  const strange = Object.keys(row).find((name) => !known.has(name));
  if (strange !== undefined) throw unfit(`this node has no column "${strange}"`);
  return Object.fromEntries(columns.flatMap((column): [string, SqlValue][] => {
    if (column.name === "app_id") return [[column.name, to.appId]];
    const value = row[column.name];
    if (value === undefined) {
      if (column.notnull === 0 || column.dflt_value !== null || column.pk > 0) return [];
      throw unfit(`it says nothing about "${column.name}"`);
    }
    if (!fits(value, column)) throw unfit(`"${column.name}" is of another type`);
    return [[column.name, value]];
  }));
}

/** SQLite's own affinities (sqlite.org/datatype3.html), held to. */
function fits(value: SqlValue, { type, notnull, pk }: Column): boolean {
  if (value === null) return notnull === 0 && pk === 0;
  const declared = type.toUpperCase();
  if (declared.includes("INT")) {
    return typeof value === "bigint" || typeof value === "number" && Number.isInteger(value);
  }
  if (/CHAR|CLOB|TEXT/.test(declared)) return typeof value === "string";
  if (/REAL|FLOA|DOUB/.test(declared)) return typeof value === "number";
  return true;
}

/**
 * A row with whole numbers as everywhere else. Rows that nobody looks into keep `bigint`: in a
 * column without a type a number would become a floating one.
 */
export function withNumbers(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ]),
  );
}

/** The error of a row that this node cannot have. */
export function unfit(why: string): FaztError {
  return new FaztError("BACKUP_DAMAGED", `Cannot import this file: ${why}`, {
    hint: "export the app again with the fazt of its node, as new as this one",
    status: 422,
  });
}
