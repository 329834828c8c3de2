import { Connection, Database, type DatabaseOptions } from "../mod.ts";

/** A worker of this folder, made anew whenever it is asked for. */
export const spawn = (name: "writer" | "background") => () =>
  new Worker(new URL(`./${name}.ts`, import.meta.url), { type: "module" });

/** A folder with a database in it, opened as often as a test likes. Tests only. */
export class DbFixture {
  /** What the workers reported about themselves. */
  readonly traces: string[] = [];
  readonly path: string;
  #open: Database[] = [];

  private constructor(readonly dir: string) {
    this.path = `${dir}/data.db`;
  }

  static async make(): Promise<DbFixture> {
    return new DbFixture(await Deno.makeTempDir({ prefix: "fazt-db-" }));
  }

  async open(options: Partial<DatabaseOptions> = {}): Promise<Database> {
    const db = await Database.open({
      path: this.path,
      spawnWriter: spawn("writer"),
      spawnBackground: spawn("background"),
      onTrace: (name, trace) => this.traces.push(`${name}: ${trace}`),
      ...options,
    });
    this.#open.push(db);
    return db;
  }

  /** The keys a process that starts now would find. */
  keys(): string[] {
    const db = new Connection(this.path, { readOnly: true });
    try {
      return db.all<{ key: string }>("SELECT key FROM node ORDER BY key").map((row) => row.key);
    } finally {
      db.close();
    }
  }

  async close(): Promise<void> {
    for (const db of this.#open) await db.close();
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Runs a test on a folder that is removed whatever happens. */
export function withDb(run: (fixture: DbFixture) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const fixture = await DbFixture.make();
    try {
      await run(fixture);
    } finally {
      await fixture.close();
    }
  };
}
