import type { Column, ColumnType, TableSchema } from "./schema.ts";

/** The table, its view and what hangs on both, by the id of the table (12 characters). */
export const physical = (id: string) => ({
  table: `rd_${id}`,
  view: `rdv_${id}`,
  /** Whatever acts in the name of the kernel when a statement touches the view. */
  actors: [`rdv_${id}`, ...["i", "u", "d"].flatMap((x) => [`rdv_${id}_${x}`, `rd_${id}_${x}`])],
});

/** What SQL calls to learn whose rows it may see. */
export const SCOPE = "fazt_scope";
/** What SQL calls for every row it visits. */
export const TICK = "fazt_tick";
/** What SQL calls once all rows were given. */
export const DONE = "fazt_done";
/** What SQL calls for every row it changed: 1, 0 or -1 rows more, bytes more, the row's key. */
export const WROTE = "fazt_wrote";

const STORED: Readonly<Record<ColumnType, string>> = {
  text: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  blob: "BLOB",
  boolean: "INTEGER",
  json: "TEXT",
  date: "INTEGER",
};

const stored = (name: string) => `"c_${name}"`;

function columnSql(column: Column, { key, fallback }: { key: boolean; fallback?: string }): string {
  const name = stored(column.name);
  const check = column.type === "boolean"
    ? ` CHECK (${name} IN (0, 1))`
    : column.type === "json"
    ? ` CHECK (json_valid(${name}))`
    : "";
  return `${name} ${STORED[column.type]}${key || column.notNull ? " NOT NULL" : ""}` +
    (fallback === undefined ? "" : ` DEFAULT ${fallback}`) + check;
}

/** The statements that make a table. */
export function createTable(id: string, schema: TableSchema): string[] {
  const { table } = physical(id);
  const columns = schema.columns.map((column) =>
    columnSql(column, { key: schema.primaryKey.includes(column.name) })
  );
  return [
    `CREATE TABLE ${table} (user_id TEXT NOT NULL, ${columns.join(", ")}) STRICT`,
    `CREATE UNIQUE INDEX ${table}_key ON ${table} (user_id, ${list(schema.primaryKey)})`,
    ...indexSql(id, schema),
    ...countTriggers(id, schema),
    ...viewSql(id, schema),
  ];
}

/** The statements that give a table what its new schema has more than the old one. */
export function alterTable(
  id: string,
  { before, after, at }: {
    readonly before: TableSchema;
    readonly after: TableSchema;
    readonly at: number;
  },
): string[] {
  const { table, view } = physical(id);
  const added = after.columns.slice(before.columns.length);
  return [
    `DROP VIEW ${view}`,
    ...["i", "u", "d"].map((x) => `DROP TRIGGER ${table}_${x}`),
    ...added.map((column) => {
      // SQLite adds no column whose default is computed: rows that are there get this moment.
      const fallback = column.fallback?.startsWith("(") ? String(at) : column.fallback;
      const sql = columnSql(column, {
        key: false,
        ...(fallback === undefined ? {} : { fallback }),
      });
      return `ALTER TABLE ${table} ADD COLUMN ${sql}`;
    }),
    ...indexSql(id, after).filter((sql) => !indexSql(id, before).includes(sql)),
    ...countTriggers(id, after),
    ...viewSql(id, after),
  ];
}

const list = (names: readonly string[]) => names.map(stored).join(", ");

/** An index for each list of columns, named by what it holds. */
export function indexSql(id: string, schema: TableSchema): string[] {
  const made = indexesOf(schema).map(({ columns, unique }) =>
    `CREATE ${unique ? "UNIQUE " : ""}INDEX "${indexName(id, { columns, unique })}" ` +
    `ON ${physical(id).table} (user_id, ${list(columns)})`
  );
  return [...new Set(made)];
}

interface Index {
  readonly columns: readonly string[];
  readonly unique: boolean;
}

const indexesOf = ({ columns, indexes }: TableSchema): Index[] => [
  ...columns.filter(({ unique }) => unique).map(({ name }) => ({ columns: [name], unique: true })),
  ...indexes,
];

const indexName = (id: string, { columns, unique }: Index) =>
  `${physical(id).table}_${unique ? "u" : "x"}.${columns.join(".")}`;

/**
 * What SQLite is to think of a table. Without it, it takes a person for one of very many and reads
 * all rows of that person where it could use an index.
 */
export function statisticsSql(id: string, schema: TableSchema): string[] {
  const { table } = physical(id);
  const key = { columns: schema.primaryKey, unique: true };
  const rows = [
    { name: `${table}_key`, index: key },
    ...indexesOf(schema).map((index) => ({ name: indexName(id, index), index })),
  ].map(({ name, index }) => {
    const each = index.columns.map((_, i) =>
      index.unique && i === index.columns.length - 1 ? 1 : Math.max(2, Math.ceil(100 / 10 ** i))
    );
    return `('${table}', '${name}', '200000 100000 ${each.join(" ")}')`;
  });
  return [
    `DELETE FROM sqlite_stat1 WHERE tbl = '${table}'`,
    `INSERT INTO sqlite_stat1 VALUES ${[...new Set(rows)].join(", ")}`,
    // Analyses nothing; reads what was just written.
    "ANALYZE sqlite_schema",
  ];
}

/** What a row counts for: about what it takes on disk, without its indexes. */
function sizeSql(row: "NEW." | "OLD." | "", { columns }: TableSchema): string {
  return [
    "32",
    ...columns.map(({ name }) => `coalesce(octet_length(${row}${stored(name)}), 0)`),
  ].join(" + ");
}

/** Puts a row of somebody into a table as it is; gives what it counts for. */
export function insertSql(id: string, schema: TableSchema): string {
  const names = schema.columns.map(({ name }) => name);
  return `INSERT INTO ${physical(id).table} (user_id, ${list(names)}) ` +
    `VALUES (?${", ?".repeat(names.length)}) RETURNING ${sizeSql("", schema)} AS size`;
}

/** Gives the rows of a table as {@link insertSql} takes them. */
export function rowsSql(id: string, { columns }: TableSchema): string {
  return `SELECT user_id, ${list(columns.map(({ name }) => name))} FROM ${physical(id).table} ` +
    "ORDER BY rowid";
}

const keySql = ({ primaryKey }: TableSchema) =>
  primaryKey.length === 1 ? `NEW.${stored(primaryKey[0]!)}` : "NULL";

/** Deletions by `OR REPLACE` fire them too: the connection has recursive triggers on. */
function countTriggers(id: string, schema: TableSchema): string[] {
  const { table } = physical(id);
  const size = (row: "NEW." | "OLD.") => sizeSql(row, schema);
  return [
    `CREATE TRIGGER ${table}_i AFTER INSERT ON ${table} BEGIN ` +
    `SELECT ${WROTE}(1, ${sizeSql("NEW.", schema)}, ${keySql(schema)}); END`,
    `CREATE TRIGGER ${table}_u AFTER UPDATE ON ${table} BEGIN ` +
    `SELECT ${WROTE}(0, (${size("NEW.")}) - (${size("OLD.")}), NULL); END`,
    `CREATE TRIGGER ${table}_d AFTER DELETE ON ${table} BEGIN ` +
    `SELECT ${WROTE}(-1, -(${size("OLD.")}), NULL); END`,
  ];
}

/** The view an app sees its rows through, and what changes them. */
function viewSql(id: string, schema: TableSchema): string[] {
  const { table, view } = physical(id);
  const mine = `user_id = ${SCOPE}()`;
  const columns = schema.columns.map(({ name }) => `${stored(name)} AS "${name}"`);
  const row = schema.primaryKey.map((name) => `${stored(name)} = OLD."${name}"`).join(" AND ");
  const [key] = schema.primaryKey;
  const counts = schema.primaryKey.length === 1 &&
    schema.columns.find((column) => column.name === key)!.type === "integer";
  const value = ({ name, fallback }: Column) => {
    if (counts && name === key) {
      const last = `(SELECT max(${stored(name)}) FROM ${table} WHERE ${mine})`;
      return `coalesce(NEW."${name}", ${last} + 1, 1)`;
    }
    return fallback === undefined ? `NEW."${name}"` : `coalesce(NEW."${name}", ${fallback})`;
  };
  return [
    // The first condition is checked first, so that every visited row counts.
    `CREATE VIEW ${view} AS SELECT ${columns.join(", ")} FROM ${table} ` +
    `WHERE ${mine} AND ${TICK}(rowid)`,
    `CREATE TRIGGER ${view}_i INSTEAD OF INSERT ON ${view} BEGIN ` +
    `INSERT INTO ${table} (user_id, ${list(schema.columns.map((c) => c.name))}) ` +
    `VALUES (${SCOPE}(), ${schema.columns.map(value).join(", ")}); END`,
    `CREATE TRIGGER ${view}_u INSTEAD OF UPDATE ON ${view} BEGIN UPDATE ${table} SET ` +
    schema.columns.map(({ name }) => `${stored(name)} = NEW."${name}"`).join(", ") +
    ` WHERE ${mine} AND ${row}; END`,
    `CREATE TRIGGER ${view}_d INSTEAD OF DELETE ON ${view} BEGIN ` +
    `DELETE FROM ${table} WHERE ${mine} AND ${row}; END`,
  ];
}
