import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";

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

/**
 * One SQLite connection with the project's pragmas and its prepared statements kept.
 * Every other file sees SQLite only through this class.
 */
export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** What {@link Connection.iterate} runs, by what it is asked. */
  readonly #guards = new Map<string, string>();

  constructor(path: string, options: { readonly readOnly?: boolean } = {}) {
    // Keys and tokens are in it: it is made for its owner alone, and SQLite's other files follow.
    if (!options.readOnly) closeSync(openSync(path, "a", 0o600));
    this.#db = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
    // First, so that everything after it waits instead of failing.
    this.#db.exec("PRAGMA busy_timeout = 5000");
    if (!options.readOnly) {
      this.#db.exec("PRAGMA auto_vacuum = INCREMENTAL");
      this.#db.exec("PRAGMA journal_mode = WAL");
      this.#db.exec("PRAGMA synchronous = FULL");
      this.#db.exec("PRAGMA wal_autocheckpoint = 4000");
      this.#db.exec("PRAGMA journal_size_limit = 67108864");
    }
    this.#db.exec("PRAGMA foreign_keys = ON");
    this.#db.exec("PRAGMA temp_store = MEMORY");
    this.#db.exec("PRAGMA cache_size = -16384");
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
    const guarded = this.#guarded(sql);
    // Taken out: the kept one could be used again while this one is half-way.
    const statement = this.#prepare(guarded);
    this.#statements.delete(guarded);
    try {
      for (const row of statement.iterate(...params) as IterableIterator<R & { [END]: number }>) {
        if (row[END] === 1) return;
        yield row;
      }
      throw Object.assign(new Error("A read of the database failed half-way"), { errcode: IOERR });
    } finally {
      this.#keep(guarded, statement);
    }
  }

  /** The statement with a column that is 0, and a last row in which it is 1. */
  #guarded(sql: string): string {
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

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#keep(sql, statement);
    }
    return statement;
  }

  #keep(sql: string, statement: StatementSync): void {
    keep(this.#statements, sql, statement);
  }
}

/** Collections have tables of their own: there is no end to what may be asked. */
function keep<V>(kept: Map<string, V>, sql: string, value: V): void {
  kept.set(sql, value);
  if (kept.size > MAX_STATEMENTS) kept.delete(kept.keys().next().value!);
}
