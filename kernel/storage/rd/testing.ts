import assert from "node:assert/strict";
import { Settings } from "../../config/mod.ts";
import { Database } from "../../db/mod.ts";
import type { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { moduleUrl } from "../../lib/module_url.ts";
import { StorageLimits } from "../limits.ts";
import { type Owner, usageOf } from "../usage.ts";
import type { Params } from "./params.ts";
import { RdStore } from "./rd.ts";

/** The app of most tests, and one that is not to be seen by it. */
export const APP: Owner = { appId: "app_111111111111", userId: SYSTEM_USER };
/** See {@link APP}. */
export const OTHER: Owner = { appId: "app_222222222222", userId: SYSTEM_USER };
/** The same app, for one person. */
export const ANN: Owner = { appId: APP.appId, userId: "usr_aaaaaaaaaaaa" };
/** See {@link ANN}. */
export const BEN: Owner = { appId: APP.appId, userId: "usr_bbbbbbbbbbbb" };

/** A relational store on a database of its own. Tests only. */
export class RdFixture {
  /** What the clock shows. */
  now = 1_800_000_000_000;
  readonly rd: RdStore;

  private constructor(
    readonly dir: string,
    readonly db: Database,
    readonly settings: Settings,
  ) {
    this.rd = new RdStore(db, new StorageLimits(settings), () => this.now);
  }

  static async open(): Promise<RdFixture> {
    return await RdFixture.openAt(await Deno.makeTempDir({ prefix: "fazt-rd-" }));
  }

  /** Opens the file in a folder; `before` is closed first. */
  static async openAt(dir: string, before?: Database): Promise<RdFixture> {
    await before?.close();
    const worker = (path: string) => () => new Worker(moduleUrl(path), { type: "module" });
    const db = await Database.open({
      path: `${dir}/data.db`,
      spawnWriter: worker("kernel/writer.ts"),
      spawnBackground: worker("kernel/background.ts"),
    });
    return new RdFixture(dir, db, Settings.load(db));
  }

  /** The rows of a query, as objects. */
  async query(owner: Owner, sql: string, params: Params = []): Promise<Record<string, unknown>[]> {
    const { columns, rows } = await this.rd.query(owner, sql, params);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  }

  exec(owner: Owner, sql: string, params: Params = []) {
    return this.rd.exec(owner, sql, params);
  }

  /** Notes of two apps and two people, and numbers from 1 to `numbers` of the first app. */
  async fill(numbers = 0): Promise<void> {
    for (const owner of [APP, OTHER]) {
      await this.rd.define(owner, "notes", {
        columns: { id: { type: "integer", primaryKey: true }, title: "text", n: "real" },
        indexes: ["title"],
      });
    }
    for (const owner of [APP, OTHER, ANN, BEN]) {
      for (const title of ["one", "two"]) {
        await this.exec(owner, "INSERT INTO notes (title) VALUES (?)", [
          `${title} of ${owner.appId}/${owner.userId}`,
        ]);
      }
    }
    if (numbers === 0) return;
    await this.rd.define(APP, "numbers", {
      columns: { n: { type: "integer", primaryKey: true }, m: "integer" },
      indexes: [["m", "n"]],
    });
    for (let from = 1; from <= numbers; from += 5000) {
      const list = JSON.stringify(
        Array.from({ length: Math.min(5000, numbers - from + 1) }, (_, i) => from + i),
      );
      await this.exec(
        APP,
        "INSERT INTO numbers (n, m) SELECT value, value % 10 FROM json_each(?)",
        [list],
      );
    }
  }

  /** Every row of every table of apps, and of what the kernel keeps of them. */
  contents(): unknown {
    const tables = this.db.reader.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    );
    return tables.map(({ name }) => [name, this.db.reader.all(`SELECT * FROM "${name}"`)]);
  }

  /** What the quota counts for an app. */
  usage(owner: Owner): { entries: number; bytes: number } {
    return { ...usageOf(this.db.reader, owner.appId, "rd") };
  }

  async close(): Promise<void> {
    await this.db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs a test on a fixture that is closed whatever happens. */
export function withRd(run: (fixture: RdFixture) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const fixture = await RdFixture.open();
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}

/** Checks the code of a refusal, and what its message says. */
export const refused = (code: string | readonly string[], message = /./) => (error: unknown) => {
  const { code: is, message: says } = error as FaztError;
  assert.ok([code].flat().includes(is), `${is}: ${says}`);
  assert.match(says, message);
  return true;
};
