import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A value SQLite can hold. */
export type SqlValue = string | number | bigint | null | Uint8Array;
/** A row as SQLite returns it. */
export type Row = Record<string, SqlValue>;

/**
 * One SQLite connection with the project's pragmas and its prepared statements kept.
 * Every other file sees SQLite only through this class.
 */
export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

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

  /** Every row. The binding's iterate() would end quietly where a read fails: read in pages. */
  all<R = Row>(sql: string, ...params: SqlValue[]): R[] {
    return this.#prepare(sql).all(...params) as R[];
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
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
