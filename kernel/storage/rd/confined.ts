import type { Connection, SqlStatement, SqlValue } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { Owner } from "../usage.ts";
import { judge } from "./authorizer.ts";
import type { Budget } from "./budget.ts";
import { type Catalogue, columnOf, readCatalogue } from "./catalogue.ts";
import { DONE, SCOPE, TICK, WROTE } from "./ddl.ts";
import { inNamesOf, sqlError } from "./errors.ts";
import { boundedFunctions } from "./functions.ts";
import { LIMITS, MAX_SQL } from "./limits.ts";
import { bind, type Params, plain } from "./params.ts";
import { readRows, rowBytes, withEnd } from "./rows.ts";
import type { ColumnType } from "./schema.ts";
import { checkLoops, checkTables, readProgram } from "./program.ts";
import { readStatement, type Statement } from "./statement.ts";

/** One statement and what it may do. */
export interface Request {
  readonly owner: Owner;
  readonly sql: string;
  readonly params: Params;
  /** Whether it may change rows. */
  readonly write: boolean;
  readonly budget: Budget;
  /** What it may give; each is the setting of that name too. */
  readonly resultRows: number;
  readonly resultMb: number;
}

/** Rows, in the order of their columns. */
export interface Rows {
  readonly columns: readonly string[];
  /** What the app declared of a column; null for what is computed. */
  readonly types: readonly (ColumnType | null)[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** What a change did. */
export interface Change {
  readonly changes: number;
  /** The key of the row inserted last, where the key is one column. */
  readonly lastInsertId?: SqlValue;
}

/** What changes added to a person's rows. */
export interface Growth {
  readonly rows: number;
  readonly bytes: number;
}

const KEPT_STATEMENTS = 256;

interface Compiled {
  readonly read: Statement;
  readonly statement: SqlStatement;
  readonly columns: readonly string[];
  readonly types: readonly (ColumnType | null)[];
}

interface Running {
  readonly request: Request;
  readonly catalogue: Catalogue;
  inserted: number;
  updated: number;
  deleted: number;
  bytes: number;
  lastKey: SqlValue;
  /** Whether all rows were given. */
  done: boolean;
}

const confined = new WeakMap<Connection, Confined>();

/** The one {@link Confined} of a connection. */
export function confine(db: Connection): Confined {
  let found = confined.get(db);
  if (found === undefined) confined.set(db, found = new Confined(db));
  return found;
}

/**
 * Runs statements of apps on a connection that is the kernel's too: compiled under an authorizer
 * that knows the app's views only, checked for loops without an end, and bounded while they run.
 */
export class Confined {
  #running: Running | undefined;
  #budget: Budget | undefined;
  #schema: number | undefined;
  readonly #compiled = new Map<string, Compiled>();
  readonly #catalogues = new Map<string, Catalogue>();

  constructor(private readonly db: Connection) {
    const check = () => (this.#running?.request.budget ?? this.#budget)?.check();
    db.addFunction(SCOPE, () => this.#running?.request.owner.userId ?? null, {
      deterministic: true,
    });
    db.addFunction(TICK, (_row) => {
      check();
      return 1n;
    });
    db.addFunction(DONE, () => {
      if (this.#running !== undefined) this.#running.done = true;
      return null;
    });
    db.addFunction(WROTE, (rows, bytes, key) => {
      if (this.#running !== undefined) count(this.#running, { rows, bytes, key });
      return null;
    });
    for (const [name, variants] of Object.entries(boundedFunctions(check))) {
      for (const fn of variants) db.addFunction(name, fn, { deterministic: true });
    }
    // What INSERT OR REPLACE deletes is counted too.
    db.exec("PRAGMA recursive_triggers = ON");
  }

  /** Forgets what was learned of tables: for whoever changes them on this connection. */
  forget(): void {
    this.#compiled.clear();
    this.#catalogues.clear();
    this.#schema = undefined;
  }

  /** Lets a statement that is nobody's own count what it visits with the same functions. */
  withBudget<R>(budget: Budget, run: () => R): R {
    this.#budget = budget;
    try {
      return run();
    } finally {
      this.#budget = undefined;
    }
  }

  /** Runs one statement; one that reads gives rows, one that writes what it changed. */
  run(request: Request): { readonly result: Rows | Change; readonly growth: Growth } {
    if (request.sql.length > MAX_SQL) {
      throw new FaztError("TOO_LARGE", `Cannot run this statement: it is over ${MAX_SQL} bytes`);
    }
    this.#refresh();
    const catalogue = this.#catalogue(request.owner.appId);
    const running = {
      request,
      catalogue,
      inserted: 0,
      updated: 0,
      deleted: 0,
      bytes: 0,
      lastKey: null,
      done: false,
    };
    try {
      return this.db.withLimits(LIMITS, () => {
        const compiled = this.#compile(request, catalogue);
        this.#running = running;
        const result = compiled.read.kind === "select"
          ? select(compiled, running)
          : change(compiled, running);
        const growth = { rows: running.inserted - running.deleted, bytes: running.bytes };
        return { result, growth };
      });
    } catch (error) {
      throw sqlError(error, catalogue);
    } finally {
      this.#running = undefined;
    }
  }

  /** What is known of tables is as old as the schema of the file. */
  #refresh(): void {
    const { schema_version } = this.db.get<{ schema_version: number }>("PRAGMA schema_version")!;
    if (schema_version === this.#schema) return;
    this.forget();
    this.#schema = schema_version;
  }

  #catalogue(appId: string): Catalogue {
    let catalogue = this.#catalogues.get(appId);
    if (catalogue === undefined) {
      this.#catalogues.set(appId, catalogue = readCatalogue(this.db, appId));
    }
    return catalogue;
  }

  #compile(request: Request, catalogue: Catalogue): Compiled {
    const id = `${request.owner.appId}\n${request.write}\n${request.sql}`;
    let compiled = this.#compiled.get(id);
    // The one used longest ago is the first.
    this.#compiled.delete(id);
    compiled ??= this.#prepare(request, catalogue);
    this.#compiled.set(id, compiled);
    if (this.#compiled.size > KEPT_STATEMENTS) {
      this.#compiled.delete(this.#compiled.keys().next().value!);
    }
    return compiled;
  }

  #prepare(request: Request, catalogue: Catalogue): Compiled {
    const read = readStatement(request.sql, catalogue);
    if (read.kind !== "select" && !request.write) {
      throw new FaztError("INVALID", `Cannot run ${read.kind.toUpperCase()} in a query`, {
        hint: "use exec(sql, params)",
      });
    }
    // An index that SQLite makes for one statement would be filled without anybody counting.
    this.db.exec("PRAGMA automatic_index = OFF");
    try {
      const check = () => request.budget.check();
      const prepare = (sql: string) => {
        const judgement = judge(catalogue, {
          write: request.write,
          parts: read.parts,
          check,
        });
        try {
          return this.db.withAuthorizer(judgement.authorize, () => this.db.prepareRaw(sql));
        } catch (error) {
          throw judgement.failure() ?? error;
        }
      };
      const columns = read.kind === "select" ? prepare(read.sql).columns() : [];
      const sql = read.kind === "select" ? withEnd(read.sql, columns.length) : read.sql;
      const program = readProgram(prepare(`EXPLAIN ${sql}`));
      checkTables(program, catalogue);
      checkLoops(program);
      const statement = prepare(sql);
      return {
        read,
        statement,
        columns: columns.map(({ name }) => inNamesOf(catalogue, name)),
        types: columns.map((column) => columnOf(catalogue, column)?.type ?? null),
      };
    } finally {
      this.db.exec("PRAGMA automatic_index = ON");
    }
  }
}

function count(
  running: Running,
  row: { readonly rows: bigint; readonly bytes: bigint; readonly key: SqlValue },
): void {
  running.request.budget.check();
  running.bytes += Number(row.bytes);
  if (row.rows === 0n) running.updated++;
  else if (row.rows < 0n) running.deleted++;
  else {
    running.inserted++;
    running.lastKey = plain(row.key);
  }
}

function select({ read, statement, columns, types }: Compiled, running: Running): Rows {
  const { budget, params, resultRows, resultMb } = running.request;
  let bytes = 0;
  const tooLarge = (limit: string, used: number, max: number) =>
    new FaztError("TOO_LARGE", `Cannot give what this query asks for: ${limit} is ${max}`, {
      hint: "use LIMIT, or ask for fewer columns",
      details: { limit, used, max },
    });
  const rows = readRows(statement, {
    params: bind(read.params, params),
    done: () => running.done,
    onRow: (row, kept) => {
      budget.check();
      if (kept === resultRows) throw tooLarge("storage.rd.resultRows", kept + 1, resultRows);
      bytes += rowBytes(row);
      if (bytes > resultMb * MIB) {
        throw tooLarge("storage.rd.resultMb", Math.ceil(bytes / MIB), resultMb);
      }
      return true;
    },
  });
  return { columns, types, rows };
}

function change({ read, statement }: Compiled, running: Running): Change {
  statement.run(...bind(read.params, running.request.params));
  if (read.kind === "update") return { changes: running.updated };
  if (read.kind === "delete") return { changes: running.deleted };
  const { inserted, lastKey } = running;
  return {
    changes: inserted,
    ...(inserted > 0 && lastKey !== null ? { lastInsertId: lastKey } : {}),
  };
}
