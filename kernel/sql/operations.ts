import { type Authorizer, Connection, operation, SQL_ACTION, type SqlValue } from "../db/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import {
  ALLOWED_FUNCTIONS,
  boundedFunctions,
  Budget,
  checkLoops,
  confine,
  DONE,
  LIMITS,
  MAX_SQL,
  readProgram,
  readRows,
  readStatement,
  rowBytes,
  sqlError,
  type Statement,
  TICK,
  withEnd,
} from "../storage/rd/operations.ts";
import { isHidden, isWritable } from "./credentials.ts";

/** What a statement of the owner's gave. */
export interface SqlRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** Whether there were more rows than asked for. */
  readonly truncated: boolean;
  /** Columns whose values are not shown, as `table.column`. */
  readonly hidden: readonly string[];
}

interface SqlParams {
  readonly sql: string;
  readonly ms: number;
  readonly limit: number;
}

const RESULT_MB = 16;
const GROW_MB = 128;
const DENIED = "fazt sql reaches rows of tables; settings, keys, sessions, secrets, the activity " +
  "log and rows of apps' tables are changed by commands of their own";
const NO_NAMES = { views: new Map<string, string>(), physical: true };
const OWNERS_HINTS = {
  tables: "tables of the node are made and changed by its own migrations only",
  several: "run one statement at a time",
  returning: "the answer says how many rows changed",
};
const NO_TABLES = {
  tables: [],
  views: new Map(),
  byPhysical: new Map(),
  actors: new Map(),
  roots: new Set<number>(),
};

/** Long read: the rows of one statement over every table, credentials left out. */
export const sqlRead = operation("sql.read", (shared, p: SqlParams): SqlRows => {
  const read = parse(p.sql);
  if (read.kind !== "select") {
    throw new FaztError("FORBIDDEN", "Cannot change anything: this statement was to read only", {
      hint: "fazt sql --write runs a statement that changes rows",
    });
  }
  const { file } = shared.all<{ name: string; file: string }>("PRAGMA database_list")[0]!;
  // A connection for this one statement: what it is given is for nobody else.
  const db = new Connection(file, { readOnly: true });
  try {
    return select(db, { ...p, sql: read.sql });
  } catch (error) {
    throw sqlError(error, NO_TABLES, { denied: DENIED });
  } finally {
    db.close();
  }
});

function parse(sql: string): Statement {
  if (sql.length > MAX_SQL) {
    throw new FaztError("TOO_LARGE", `Cannot run this statement: it is over ${MAX_SQL} bytes`);
  }
  const read = readStatement(sql, NO_NAMES, OWNERS_HINTS);
  if (typeof read.params === "number" ? read.params > 0 : true) {
    throw new FaztError("INVALID", "Cannot run this statement: it has parameters", {
      hint: "write the values into it",
    });
  }
  return read;
}

function select(db: Connection, { sql, ms, limit }: SqlParams): SqlRows {
  const budget = new Budget({ ms, setting: "sql.ms", growMb: GROW_MB });
  const check = () => budget.check();
  let done = false;
  db.addFunction(DONE, () => {
    done = true;
    return null;
  });
  db.addFunction(TICK, (_row) => {
    check();
    return 1n;
  });
  for (const [name, variants] of Object.entries(boundedFunctions(check))) {
    for (const fn of variants) db.addFunction(name, fn, { deterministic: true });
  }
  db.exec("PRAGMA automatic_index = OFF");
  for (const view of countedViews(db)) db.exec(view);
  const hidden = new Set<string>();
  return db.withLimits(LIMITS, () => {
    const prepare = (text: string) =>
      db.withAuthorizer(readOnly(hidden, check), () => db.prepareRaw(text));
    const columns = prepare(sql).columns().map(({ name }) => name);
    const whole = withEnd(sql, columns.length);
    checkLoops(readProgram(prepare(`EXPLAIN ${whole}`)));
    let bytes = 0;
    let truncated = false;
    const rows = readRows(prepare(whole), {
      params: [],
      done: () => done,
      onRow: (row, kept) => {
        check();
        bytes += rowBytes(row);
        truncated = kept === limit || bytes > RESULT_MB * MIB;
        return !truncated;
      },
    });
    return { columns, rows, truncated, hidden: [...hidden].sort() };
  });
}

/** A view before each table, so that every row that is visited counts. */
function countedViews(db: Connection): string[] {
  return db.all<{ name: string; key: string | null }>(
    "SELECT t.name, (SELECT c.name FROM pragma_table_info(t.name) c WHERE t.wr AND c.pk = 1) " +
      "AS key FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' " +
      "AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
  ).map(({ name, key }) =>
    `CREATE TEMP VIEW ${quoted(name)} AS SELECT * FROM main.${quoted(name)} ` +
    `WHERE ${TICK}(${key === null ? "rowid" : quoted(key)})`
  );
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function readOnly(hidden: Set<string>, check: () => void): Authorizer {
  const { SQLITE_OK, SQLITE_DENY, SQLITE_IGNORE } = SQL_ACTION;
  return (action, first, second, database, accessor) => {
    check();
    switch (action) {
      case SQL_ACTION.SQLITE_SELECT:
      case SQL_ACTION.SQLITE_RECURSIVE:
        return SQLITE_OK;
      case SQL_ACTION.SQLITE_READ:
        if (/^(pragma_|dbstat|sqlite_dbpage|sqlite_stmt)/i.test(first ?? "")) return SQLITE_DENY;
        if (!isHidden(first ?? "", second ?? "")) return SQLITE_OK;
        // The view before a table names every column; only what was asked for is worth a word.
        if (database !== "main" || accessor !== first) hidden.add(`${first}.${second}`);
        return SQLITE_IGNORE;
      case SQL_ACTION.SQLITE_FUNCTION: {
        const name = (second ?? "").toLowerCase();
        return [TICK, DONE].includes(name) || ALLOWED_FUNCTIONS.has(name) ? SQLITE_OK : SQLITE_DENY;
      }
    }
    return SQLITE_DENY;
  };
}

/** Runs one change of rows; undone where it would change more than `limit` rows. */
export const sqlWrite = operation(
  "sql.write",
  (db, { sql, ms, limit }: SqlParams): { readonly changes: number } => {
    const read = parse(sql);
    if (read.kind === "select") {
      throw new FaztError("INVALID", "Cannot write with this statement: it only reads", {
        hint: "run it without --write",
      });
    }
    try {
      const counted = confine(db);
      return db.withLimits({ ...LIMITS, length: 64 * MIB }, () => {
        const prepare = (text: string) => db.withAuthorizer(rowsOnly, () => db.prepareRaw(text));
        // Nothing counts the rows here: one loop is as long as a table, one inside another is not.
        checkLoops(readProgram(prepare(`EXPLAIN ${read.sql}`)));
        const budget = new Budget({ ms, setting: "sql.ms", growMb: GROW_MB });
        const statement = prepare(read.sql);
        const run = () => Number(statement.run().changes);
        const changes = counted.withBudget(budget, run);
        if (changes > limit) {
          throw new FaztError(
            "TOO_LARGE",
            `Cannot change ${changes} rows: the limit is ${limit}, and nothing was changed`,
            { hint: "narrow it with WHERE, or give a higher --limit" },
          );
        }
        return { changes };
      });
    } catch (error) {
      throw sqlError(error, NO_TABLES, { denied: DENIED });
    }
  },
);

const rowsOnly: Authorizer = (action, first, second, database) => {
  const { SQLITE_OK, SQLITE_DENY, SQLITE_IGNORE } = SQL_ACTION;
  switch (action) {
    case SQL_ACTION.SQLITE_SELECT:
      return SQLITE_OK;
    case SQL_ACTION.SQLITE_READ:
      if (database !== "main" || /^pragma_/i.test(first ?? "")) return SQLITE_DENY;
      return isHidden(first ?? "", second ?? "") ? SQLITE_IGNORE : SQLITE_OK;
    case SQL_ACTION.SQLITE_INSERT:
    case SQL_ACTION.SQLITE_UPDATE:
    case SQL_ACTION.SQLITE_DELETE: {
      const allowed = database === "main" && isWritable(first ?? "") &&
        !(action === SQL_ACTION.SQLITE_UPDATE && isHidden(first ?? "", second ?? ""));
      return allowed ? SQLITE_OK : SQLITE_DENY;
    }
    case SQL_ACTION.SQLITE_FUNCTION: {
      const name = (second ?? "").toLowerCase();
      return name === TICK || ALLOWED_FUNCTIONS.has(name) ? SQLITE_OK : SQLITE_DENY;
    }
  }
  return SQLITE_DENY;
};

/** The writes of `fazt sql`. */
export const SQL_WRITES = [sqlWrite];

/** The long reads of `fazt sql`. */
export const SQL_LONG_READS = [sqlRead];
