import type { Database } from "../../db/mod.ts";
import type { Clock } from "../../lib/clock.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { base58 } from "../../lib/ids.ts";
import type { StorageLimits } from "../limits.ts";
import { type Owner, usageOf } from "../usage.ts";
import { readTables, type Table } from "./catalogue.ts";
import type { Change, Rows } from "./confined.ts";
import { type Defined, mergeSchema } from "./define.ts";
import {
  appliedMigrations,
  rdDefine,
  rdMigrate,
  rdQuery,
  rdTransaction,
  type Step,
} from "./operations.ts";
import type { Params } from "./params.ts";
import type { SchemaInput } from "./schema.ts";

/** A migration as an app declares it. */
export interface MigrationInput {
  readonly id: string;
  readonly define?: Readonly<Record<string, SchemaInput>> | undefined;
  readonly exec?: readonly Step[] | undefined;
}

/** The relational pillar: SQL over the tables of one app. */
export class RdStore {
  constructor(
    private readonly db: Database,
    private readonly limits: StorageLimits,
    private readonly now: Clock,
  ) {}

  /** The tables of an app. */
  tables(appId: string): Table[] {
    return readTables(this.db.reader, appId);
  }

  /** What an app holds here, everybody's together. */
  usage(appId: string): { readonly entries: number; readonly bytes: number } {
    return usageOf(this.db.reader, appId, "rd");
  }

  /** Makes a table, or adds to it what its declaration has more. */
  async define(owner: Owner, table: string, input: SchemaInput): Promise<Defined> {
    // Apps say it at every start: what is there already costs no change.
    const found = this.tables(owner.appId).find(({ name }) =>
      name.toLowerCase() === table.toLowerCase()
    );
    if (
      found !== undefined &&
      JSON.stringify(mergeSchema(found.name, found.schema, input)) === JSON.stringify(found.schema)
    ) return "unchanged";
    return await this.db.write(rdDefine, {
      owner,
      ...declaration(table, input),
      at: this.now(),
      maxTables: this.limits.of(owner.appId, "storage.rd.tables"),
    });
  }

  /** The rows of one statement that reads. */
  query(owner: Owner, sql: string, params: Params): Promise<Rows> {
    const { appId } = owner;
    return this.db.query(rdQuery, {
      owner,
      sql,
      params,
      queryMs: this.limits.of(appId, "storage.rd.queryMs"),
      ...this.#result(appId),
    }, { app: appId });
  }

  /** Runs one statement that changes rows. */
  async exec(owner: Owner, sql: string, params: Params): Promise<Change> {
    const [result] = await this.transaction(owner, [{ sql, params }]);
    if (result !== undefined && "changes" in result) return result;
    throw new FaztError("INVALID", "Cannot run SELECT in exec: it gives rows", {
      hint: "use query(sql, params)",
    });
  }

  /** Runs statements in their order, all or none; gives what each gives alone. */
  transaction(owner: Owner, steps: readonly Step[]): Promise<(Rows | Change)[]> {
    return this.db.write(rdTransaction, { owner, steps, ...this.#write(owner.appId) });
  }

  /** Runs those migrations that were not run before, in their order, all or none. */
  async migrate(owner: Owner, migrations: readonly MigrationInput[]): Promise<string[]> {
    const ids = migrations.map(({ id }) => id);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) {
      throw new FaztError("INVALID", `Cannot migrate: there are two migrations "${twice}"`);
    }
    const applied = new Set(appliedMigrations(this.db.reader, owner.appId));
    if (ids.every((id) => applied.has(id))) return [];
    return await this.db.write(rdMigrate, {
      owner,
      migrations: migrations.map(({ id, define = {}, exec = [] }) => ({
        id,
        define: Object.entries(define).map(([table, input]) => declaration(table, input)),
        exec,
      })),
      at: this.now(),
      maxTables: this.limits.of(owner.appId, "storage.rd.tables"),
      ...this.#write(owner.appId),
    });
  }

  #result(appId: string) {
    return {
      resultRows: this.limits.of(appId, "storage.rd.resultRows"),
      resultMb: this.limits.of(appId, "storage.rd.resultMb"),
    };
  }

  #write(appId: string) {
    return {
      writeMs: this.limits.of(appId, "storage.rd.writeMs"),
      rows: this.limits.of(appId, "storage.rd.rows"),
      appMb: this.limits.of(appId, "storage.appMb"),
      ...this.#result(appId),
    };
  }
}

const declaration = (table: string, input: SchemaInput) => ({ table, input, id: base58(12) });
