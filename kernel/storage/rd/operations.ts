import { type Connection, operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import type { Owner } from "../usage.ts";
import { book } from "./booking.ts";
import { Budget } from "./budget.ts";
import { type Change, confine, type Rows } from "./confined.ts";
import { changingTables, define, type Defined } from "./define.ts";
import { physical } from "./ddl.ts";
import type { Params } from "./params.ts";
import type { SchemaInput } from "./schema.ts";

// What bounds the statements of apps bounds those of the owner too.
export { Budget } from "./budget.ts";
export { confine } from "./confined.ts";
export { DONE, physical, TICK } from "./ddl.ts";
export { sqlError } from "./errors.ts";
export { ALLOWED_FUNCTIONS, boundedFunctions } from "./functions.ts";
export { LIMITS, MAX_SQL } from "./limits.ts";
export { RD_MOVE } from "./moving.ts";
export { checkLoops, readProgram } from "./program.ts";
export { readRows, rowBytes, withEnd } from "./rows.ts";
export { readStatement, type Statement } from "./statement.ts";

/** One statement of a transaction. */
export interface Step {
  readonly sql: string;
  readonly params: Params;
  /** Rows it must change; another number undoes everything. */
  readonly expect?: number | undefined;
}

/** Bounds of statements, each the setting of its name. */
export interface RunLimits {
  readonly resultRows: number;
  readonly resultMb: number;
}

/** Bounds of changes, each the setting of its name. */
export interface WriteLimits extends RunLimits {
  readonly writeMs: number;
  readonly rows: number;
  readonly appMb: number;
}

/** Memory a query may collect before it gives rows. */
const QUERY_GROW_MB = 128;
/** Memory a change may collect: it runs where every change of the node does. */
const WRITE_GROW_MB = 48;

/** Long read: the rows of one statement. */
export const rdQuery = operation(
  "rd.query",
  (
    db,
    p: Step & { readonly owner: Owner; readonly queryMs: number } & RunLimits,
  ): Rows =>
    confine(db).run({
      ...p,
      write: false,
      budget: new Budget({ ms: p.queryMs, setting: "storage.rd.queryMs", growMb: QUERY_GROW_MB }),
    }).result as Rows,
);

interface Changing extends WriteLimits {
  readonly owner: Owner;
}

/** Runs statements in their order, all or none. */
export const rdTransaction = operation(
  "rd.transaction",
  (db, p: Changing & { readonly steps: readonly Step[] }): (Rows | Change)[] =>
    runSteps(db, p, p.steps),
);

function runSteps(db: Connection, p: Changing, steps: readonly Step[]): (Rows | Change)[] {
  const budget = new Budget({
    ms: p.writeMs,
    setting: "storage.rd.writeMs",
    growMb: WRITE_GROW_MB,
  });
  const growth = { rows: 0, bytes: 0 };
  const results = steps.map((step, i) => {
    const { result, growth: more } = confine(db).run({ ...p, ...step, write: true, budget });
    growth.rows += more.rows;
    growth.bytes += more.bytes;
    if (step.expect !== undefined && (!("changes" in result) || result.changes !== step.expect)) {
      const changes = "changes" in result ? result.changes : 0;
      throw new FaztError(
        "CONFLICT",
        `Cannot finish this transaction: statement ${i + 1} changed ${changes} rows, ` +
          `not ${step.expect}`,
        { details: { statement: i, changes, expect: step.expect } },
      );
    }
    return result;
  });
  book(db, p, growth);
  return results;
}

/** A table an app declares; `id` is for the case that it is new. */
export interface Declaration {
  readonly table: string;
  readonly input: SchemaInput;
  readonly id: string;
}

/** Makes a table or adds to it. */
export const rdDefine = operation(
  "rd.define",
  (
    db,
    p: Declaration & { readonly owner: Owner; readonly at: number; readonly maxTables: number },
  ): Defined => changingTables(db, () => define(db, { ...p, ...p.owner })),
);

/** One migration of an app: tables first, then statements. */
export interface Migration {
  readonly id: string;
  readonly define: readonly Declaration[];
  readonly exec: readonly Step[];
}

/** Runs those migrations that were not run before, in their order, all or none; gives their ids. */
export const rdMigrate = operation(
  "rd.migrate",
  (
    db,
    p: Changing & {
      readonly migrations: readonly Migration[];
      readonly at: number;
      readonly maxTables: number;
    },
  ): string[] =>
    changingTables(db, () => {
      const applied = appliedMigrations(db, p.owner.appId);
      const pending = p.migrations.filter(({ id }) => !applied.includes(id));
      for (const migration of pending) {
        for (const declaration of migration.define) {
          define(db, { ...declaration, ...p.owner, at: p.at, maxTables: p.maxTables });
        }
        runSteps(db, p, migration.exec);
        db.run(
          "INSERT INTO rd_migrations VALUES (?, ?, ?, ?)",
          p.owner.appId,
          migration.id,
          p.owner.userId,
          p.at,
        );
      }
      return pending.map(({ id }) => id);
    }),
);

/** The ids of an app's migrations that were run. */
export function appliedMigrations(db: Connection, appId: string): string[] {
  return db.all<{ id: string }>("SELECT id FROM rd_migrations WHERE app_id = ?", appId)
    .map(({ id }) => id);
}

/**
 * One small step of removing an app's tables; returns false when it has none. Part of forgetting
 * an app, whose other rows go by their `app_id`.
 */
export function dropSomeRows(
  db: Connection,
  { appId, limit }: { readonly appId: string; readonly limit: number },
): boolean {
  const found = db.get<{ id: string }>("SELECT id FROM rd_tables WHERE app_id = ? LIMIT 1", appId);
  if (found === undefined) return false;
  // The triggers of a table call what this makes known.
  confine(db).forget();
  const { table, view } = physical(found.id);
  const gone = db.run(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} LIMIT ?)`,
    limit,
  );
  if (gone > 0) return true;
  db.exec(`DROP VIEW ${view}`);
  db.exec(`DROP TABLE ${table}`);
  db.run("DELETE FROM rd_tables WHERE id = ?", found.id);
  return true;
}

/** The writes of the relational pillar. */
export const RD_WRITES = [rdTransaction, rdDefine, rdMigrate];

/** The long reads of the relational pillar. */
export const RD_LONG_READS = [rdQuery];
