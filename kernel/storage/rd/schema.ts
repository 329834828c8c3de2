import { FaztError } from "../../lib/fazt_error.ts";
import { z } from "../../lib/zod.ts";
import { KEYWORDS } from "./keywords.ts";

/** What a column holds. `boolean` and `date` are integers to SQL, `json` is text. */
export type ColumnType = "text" | "integer" | "real" | "blob" | "boolean" | "json" | "date";

/** One column as it is kept in the catalogue. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  readonly unique: boolean;
  /** As SQL. */
  readonly fallback?: string;
}

/** One table as it is kept in the catalogue. */
export interface TableSchema {
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Lists of columns, each an index. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly unique: boolean }[];
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
const TYPES = ["text", "integer", "real", "blob", "boolean", "json", "date"] as const;
/** More columns in an index let a query look up more combinations than it can in its time. */
const MAX_INDEX_COLUMNS = 4;
const MAX_COLUMNS = 100;
const MAX_INDEXES = 16;

const name = z.string().regex(NAME, "must be letters, digits and _ and start with a letter");
const column = z.union([
  z.enum(TYPES),
  z.strictObject({
    type: z.enum(TYPES),
    primaryKey: z.boolean().optional(),
    notNull: z.boolean().optional(),
    unique: z.boolean().optional(),
    default: z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]).optional(),
  }),
]);
const columnList = z.union([name, z.array(name).min(1).max(MAX_INDEX_COLUMNS)]);

/** What `define` takes besides the table's name. */
export const schemaInput = z.strictObject({
  columns: z.record(name, column),
  primaryKey: z.array(name).min(1).max(MAX_INDEX_COLUMNS).optional(),
  indexes: z.array(z.union([
    columnList,
    z.strictObject({ columns: columnList, unique: z.boolean().optional() }),
  ])).max(MAX_INDEXES).optional(),
});

/** See {@link schemaInput}. */
export type SchemaInput = z.output<typeof schemaInput>;

/** A table name an app may use, as it is. */
export function tableName(text: string): string {
  if (!NAME.test(text)) {
    throw invalid(text, "a name has letters, digits and _, and starts with a letter");
  }
  if (KEYWORDS.has(text.toLowerCase())) throw invalid(text, "the name is a word of SQL");
  if (/^(sqlite|rdv?)_/i.test(text)) {
    throw invalid(text, "names starting with sqlite_, rd_ or rdv_ are taken");
  }
  return text;
}

/**
 * Reads what an app declared.
 * @throws {FaztError} `INVALID` naming what is wrong.
 */
export function readSchema(table: string, input: SchemaInput): TableSchema {
  const given = Object.entries(input.columns);
  const declared: Column[] = [];
  const keys: string[] = [];
  const seen = new Set<string>();
  for (const [name, spec] of given) {
    if (seen.has(name.toLowerCase())) throw invalid(table, `it has two columns "${name}"`);
    seen.add(name.toLowerCase());
    const full = typeof spec === "string" ? { type: spec } : spec;
    if (full.primaryKey) keys.push(name);
    declared.push({
      name,
      type: full.type,
      notNull: full.notNull ?? false,
      unique: full.unique ?? false,
      ...(full.default === undefined || full.default === null
        ? {}
        : { fallback: literal(table, { name, type: full.type, value: full.default }) }),
    });
  }
  if (input.primaryKey !== undefined && keys.length > 0) {
    throw invalid(table, "its primary key is declared twice");
  }
  const primaryKey = input.primaryKey ?? keys;
  if (primaryKey.length === 0) {
    if (seen.has("id")) throw invalid(table, 'it has no primary key: mark one, for instance "id"');
    declared.unshift({ name: "id", type: "integer", notNull: false, unique: false });
    primaryKey.push("id");
  }
  const known = (column: string) => {
    const found = declared.find((one) => one.name.toLowerCase() === column.toLowerCase());
    if (found === undefined) throw invalid(table, `it has no column "${column}"`);
    return found.name;
  };
  const schema = {
    columns: declared,
    primaryKey: primaryKey.map(known),
    indexes: (input.indexes ?? []).map((one) => {
      const list = typeof one === "string" || Array.isArray(one) ? one : one.columns;
      const unique = typeof one === "object" && !Array.isArray(one) && (one.unique ?? false);
      return { columns: [list].flat().map(known), unique };
    }),
  };
  checkCounts(table, schema);
  return schema;
}

function literal(
  table: string,
  { name, type, value }: {
    readonly name: string;
    readonly type: ColumnType;
    readonly value: string | number | boolean;
  },
): string {
  const wrong = () => invalid(table, `the default of "${name}" is no ${type}`);
  switch (type) {
    case "date":
      if (value === "now") return "(CAST(unixepoch('subsec') * 1000 AS INTEGER))";
      if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrong();
      return String(value);
    case "integer":
      if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrong();
      return String(value);
    case "boolean":
      if (typeof value !== "boolean") throw wrong();
      return value ? "1" : "0";
    case "real":
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrong();
      return Number.isInteger(value) ? `${value.toExponential()}` : String(value);
    case "blob":
      throw invalid(table, `"${name}" is a blob, which has no default`);
  }
  if (typeof value !== "string" || value.includes("\0") || !value.isWellFormed()) throw wrong();
  if (type === "json") {
    try {
      JSON.parse(value);
    } catch {
      throw wrong();
    }
  }
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * What a table was declared as, so that reading it gives the same schema: text of SQL, which a
 * schema has in it, is not to be taken from a stranger.
 */
export function inputOf({ columns, primaryKey, indexes }: TableSchema): SchemaInput {
  const spec = ({ type, notNull, unique, fallback }: Column) => ({
    type,
    ...(notNull ? { notNull } : {}),
    ...(unique ? { unique } : {}),
    ...(fallback === undefined ? {} : { default: valueOf(type, fallback) }),
  });
  return {
    columns: Object.fromEntries(columns.map((column) => [column.name, spec(column)])),
    primaryKey: [...primaryKey],
    indexes: indexes.map(({ columns, unique }) => ({ columns: [...columns], unique })),
  };
}

/** The value that {@link literal} wrote. */
function valueOf(type: ColumnType, sql: string): string | number | boolean {
  if (sql.startsWith("'")) return sql.slice(1, -1).replaceAll("''", "'");
  if (sql.startsWith("(")) return "now";
  return type === "boolean" ? sql === "1" : Number(sql);
}

/** @throws {FaztError} `INVALID` for more than a table can have, however many declarations made it. */
export function checkCounts(
  table: string,
  { columns, primaryKey, indexes }: TableSchema,
): void {
  if (primaryKey.length > MAX_INDEX_COLUMNS) {
    throw invalid(table, `its primary key has more than ${MAX_INDEX_COLUMNS} columns`);
  }
  if (columns.length > MAX_COLUMNS) {
    throw invalid(table, `it has more than ${MAX_COLUMNS} columns`);
  }
  if (indexes.length > MAX_INDEXES) {
    throw invalid(table, `it has more than ${MAX_INDEXES} indexes`);
  }
}

function invalid(table: string, why: string): FaztError {
  return new FaztError("INVALID", `Cannot define table "${table.slice(0, 63)}": ${why}`);
}
