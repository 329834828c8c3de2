import { closeSync, openSync } from "node:fs";
import { backup, constants, DatabaseSync, type StatementSync } from "node:sqlite";

/** A value SQLite can hold. */
export type SqlValue = string | number | bigint | null | Uint8Array;
/** A row as SQLite returns it. */
export type Row = Record<string, SqlValue>;

/** Prepared statements that are kept; the oldest goes first. */
const MAX_STATEMENTS = 500;
/** Column by which an iteration knows its last row. */
const END = "fazt end";
/** SQLite's SQLITE_IOERR (sqlite.org/rescode.html). */
const IOERR = 10;
/** A function SQL may call; its number of parameters is its own. */
// deno-lint-ignore no-explicit-any -- what SQLite passes is known by each function alone.
export type SqlFunction = (...args: any[]) => SqlValue;

/** A prepared statement. */
export type SqlStatement = StatementSync;

/** Bounds of SQLite's own for text an app wrote (sqlite.org/limits.html). */
export interface SqlLimits {
  readonly length: number;
  readonly sqlLength: number;
  readonly column: number;
  readonly exprDepth: number;
  readonly compoundSelect: number;
  readonly vdbeOp: number;
  readonly functionArg: number;
  readonly attach: number;
  readonly variableNumber: number;
  readonly triggerDepth: number;
}

/** What `node:sqlite` has and its declarations here do not (nodejs.org/api/sqlite.html). */
interface NewerDatabase {
  readonly limits: { -readonly [K in keyof SqlLimits]: number };
  setAuthorizer(authorizer: Authorizer): void;
  enableDefensive(on: boolean): void;
}

/** What a statement does, and what an authorizer says to it (sqlite.org/c3ref/c_alter_table). */
export const SQL_ACTION = constants as unknown as Readonly<
  Record<
    | "SQLITE_OK"
    | "SQLITE_DENY"
    | "SQLITE_IGNORE"
    | "SQLITE_SELECT"
    | "SQLITE_READ"
    | "SQLITE_INSERT"
    | "SQLITE_UPDATE"
    | "SQLITE_DELETE"
    | "SQLITE_FUNCTION"
    | "SQLITE_RECURSIVE"
    | "SQLITE_PRAGMA",
    number
  >
>;

/** Decides on each part of a statement when it is compiled. */
export type Authorizer = (
  action: number,
  first: string | null,
  second: string | null,
  database: string | null,
  accessor: string | null,
) => number;

/** More than a database can have. */
const ALL_PAGES = 2_147_483_647;

/** Options of {@link Connection}. */
export interface ConnectionOptions {
  readonly readOnly?: boolean;
  /** A stranger's file: it is read, and nothing that it says is run. */
  readonly untrusted?: boolean;
  /** Whole numbers past 2^53 come as `bigint` (then all of them do) instead of as an error. */
  readonly bigints?: boolean;
}

/**
 * One SQLite connection with the project's pragmas and its prepared statements kept.
 * Every other file sees SQLite only through this class.
 */
export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** What {@link Connection.iterate} runs, by what it is asked. */
  readonly #guards = new Map<string, string>();
  #authorizer: Authorizer | undefined;
  #guarded = false;
  readonly #bigints: boolean;

  constructor(path: string, options: ConnectionOptions = {}) {
    this.#bigints = options.bigints ?? false;
    // Keys and tokens are in it: it is made for its owner alone, and SQLite's other files follow.
    if (!options.readOnly && path !== ":memory:") closeSync(openSync(path, "a", 0o600));
    this.#db = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
    // First, so that everything after it waits instead of failing.
    this.#db.exec("PRAGMA busy_timeout = 5000");
    if (!options.readOnly) {
      this.#db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      this.#db.exec("PRAGMA journal_mode = WAL");
      this.#db.exec("PRAGMA synchronous = FULL");
      this.#db.exec("PRAGMA wal_autocheckpoint = 4000");
      this.#db.exec("PRAGMA journal_size_limit = 67108864");
      // What is deleted or written over is gone from the file, not only from its tables.
      this.#db.exec("PRAGMA secure_delete = ON");
    }
    this.#db.exec("PRAGMA foreign_keys = ON");
    this.#db.exec("PRAGMA temp_store = MEMORY");
    this.#db.exec("PRAGMA cache_size = -16384");
    if (options.untrusted) this.#distrust();
  }

  /** The first row, or undefined. */
  get<R = Row>(sql: string, ...params: SqlValue[]): R | undefined {
    return this.#prepare(sql).get(...params) as R | undefined;
  }

  /** Every row. */
  all<R = Row>(sql: string, ...params: SqlValue[]): R[] {
    return this.#prepare(sql).all(...params) as R[];
  }

  /**
   * Rows one at a time; the statement is busy until the iteration ends. `sql` is one SELECT. The
   * binding ends quietly where a read fails (decision 017), so a last row of our own tells the end.
   */
  *iterate<R = Row>(sql: string, ...params: SqlValue[]): Generator<R> {
    const guarded = this.#withEnd(sql);
    // Taken out: the kept one could be used again while this one is half-way.
    const statement = this.#prepare(guarded);
    this.#statements.delete(guarded);
    try {
      for (const row of statement.iterate(...params) as IterableIterator<R & { [END]: number }>) {
        if (Number(row[END]) === 1) return;
        // The last property: V8 takes it away without making the object slow.
        delete (row as { [END]?: number })[END];
        yield row;
      }
      throw Object.assign(new Error("A read of the database failed half-way"), { errcode: IOERR });
    } finally {
      this.#keep(guarded, statement);
    }
  }

  /** The statement with a column that is 0, and a last row in which it is 1. */
  #withEnd(sql: string): string {
    let guarded = this.#guards.get(sql);
    if (guarded === undefined) {
      const nulls = "NULL, ".repeat(this.#prepare(sql).columns().length);
      guarded = `SELECT *, 0 AS "${END}" FROM (${sql}) UNION ALL SELECT ${nulls}1`;
      keep(this.#guards, sql, guarded);
    }
    return guarded;
  }

  /** Changes rows; returns how many. */
  run(sql: string, ...params: SqlValue[]): number {
    return Number(this.#prepare(sql).run(...params).changes);
  }

  /** Runs statements that take no parameters and return nothing. */
  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** A statement that is not kept; its rows are arrays, its integers `bigint`. */
  prepareRaw(sql: string): SqlStatement {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    (statement as unknown as { setReturnArrays(on: boolean): void }).setReturnArrays(true);
    return statement;
  }

  /** Lets SQL call a function; without `deterministic` it is called for every row again. */
  addFunction(
    name: string,
    fn: SqlFunction,
    options: { readonly deterministic?: boolean } = {},
  ): void {
    this.#db.function(name, { ...options, useBigIntArguments: true }, fn);
  }

  /** Asks `authorizer` about every statement that is compiled while `run` runs. */
  withAuthorizer<R>(authorizer: Authorizer, run: () => R): R {
    if (!this.#guarded) {
      // Once for all: setting one makes SQLite compile every kept statement again.
      this.#newer.setAuthorizer((...question) =>
        this.#authorizer?.(...question) ?? SQL_ACTION.SQLITE_OK
      );
      this.#guarded = true;
    }
    this.#authorizer = authorizer;
    try {
      return run();
    } finally {
      this.#authorizer = undefined;
    }
  }

  /** Sets bounds for as long as `run` takes. */
  withLimits<R>(limits: SqlLimits, run: () => R): R {
    const live = this.#newer.limits;
    const names = Object.keys(limits) as (keyof SqlLimits)[];
    const before = names.map((name) => live[name]);
    for (const name of names) live[name] = limits[name];
    try {
      return run();
    } finally {
      names.forEach((name, i) => live[name] = before[i]!);
    }
  }

  /**
   * Copies one moment of the database into a file, in one step: it blocks this thread, and no
   * other connection. (`VACUUM INTO` attaches a database, which Deno refuses without every
   * permission there is.)
   */
  async copyTo(path: string): Promise<void> {
    await backup(this.#db, path, { rate: ALL_PAGES });
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  get #newer(): NewerDatabase {
    return this.#db as unknown as NewerDatabase;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#make(sql);
      this.#keep(sql, statement);
    }
    return statement;
  }

  #keep(sql: string, statement: StatementSync): void {
    keep(this.#statements, sql, statement);
  }

  #make(sql: string): StatementSync {
    const statement = this.#db.prepare(sql);
    if (this.#bigints) statement.setReadBigInts(true);
    return statement;
  }

  /** See sqlite.org/security.html, "Untrusted SQLite Database Files". */
  #distrust(): void {
    this.#newer.enableDefensive(true);
    this.#db.exec("PRAGMA trusted_schema = OFF");
    this.#db.exec("PRAGMA cell_size_check = ON");
    this.#db.exec("PRAGMA query_only = ON");
    this.#newer.setAuthorizer((action, _table, name) =>
      READING.includes(action) ||
        action === SQL_ACTION.SQLITE_FUNCTION && FUNCTIONS.includes(name)
        ? SQL_ACTION.SQLITE_OK
        : SQL_ACTION.SQLITE_DENY
    );
  }
}

/** Collections have tables of their own: there is no end to what may be asked. */
function keep<V>(kept: Map<string, V>, sql: string, value: V): void {
  kept.set(sql, value);
  if (kept.size > MAX_STATEMENTS) kept.delete(kept.keys().next().value!);
}

/** What reading a stranger's file takes. */
const READING: readonly number[] = [
  SQL_ACTION.SQLITE_PRAGMA,
  SQL_ACTION.SQLITE_READ,
  SQL_ACTION.SQLITE_SELECT,
];
const FUNCTIONS: readonly (string | null)[] = ["count", "max"];
