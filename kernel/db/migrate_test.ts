import assert from "node:assert/strict";
import { Connection } from "./connection.ts";
import { migrate, schemaLevel } from "./migrate.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";
import { withDb } from "./testing/fixture.ts";
import { put } from "./testing/operations.ts";

const ONE: Migration = { n: 1, name: "one", sql: "CREATE TABLE a (x INTEGER PRIMARY KEY);" };
const TWO: Migration = {
  n: 2,
  name: "two",
  sql: "CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (7);",
};
const BROKEN: Migration = {
  n: 3,
  name: "broken",
  sql:
    "ALTER TABLE a ADD COLUMN y INTEGER; INSERT INTO a VALUES (1, 2); INSERT INTO nowhere VALUES (1);",
};

/** Runs something on a connection of its own. */
function on<T>(path: string, run: (db: Connection) => T): T {
  const db = new Connection(path);
  try {
    return run(db);
  } finally {
    db.close();
  }
}

const steps = (path: string, all: readonly Migration[]) =>
  on(path, (db) => migrate(db, path, { steps: all }));
const tables = (path: string) =>
  on(path, (db) =>
    db.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    ).map((row) => row.name));
const files = (dir: string) => [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();

Deno.test(
  "a new file gets every step and no copy",
  withDb((f) => {
    assert.deepEqual(steps(f.path, [ONE, TWO]), { from: 0, to: 2 });
    assert.deepEqual(tables(f.path), ["a", "b", "migrations"]);
    assert.deepEqual(files(f.dir), ["data.db"]);
    const rows = on(
      f.path,
      (db) => db.all<{ n: number; name: string }>("SELECT n, name FROM migrations"),
    );
    assert.deepEqual(rows.map((row) => ({ ...row })), [{ n: 1, name: "one" }, {
      n: 2,
      name: "two",
    }]);
  }),
);

Deno.test(
  "a file that is up to date is left alone",
  withDb((f) => {
    steps(f.path, [ONE, TWO]);
    assert.deepEqual(steps(f.path, [ONE, TWO]), { from: 2, to: 2 });
    assert.deepEqual(files(f.dir), ["data.db"]);
  }),
);

Deno.test(
  "an older file is copied and gets the steps it lacks, once",
  withDb((f) => {
    steps(f.path, [ONE]);
    on(f.path, (db) => db.run("INSERT INTO a VALUES (42)"));
    const report = steps(f.path, [ONE, TWO]);
    assert.deepEqual([report.from, report.to], [1, 2]);
    assert.match(report.snapshot!, /data\.db\.before-1-\d+$/);
    assert.deepEqual(tables(report.snapshot!), ["a", "migrations"]);
    assert.deepEqual(on(report.snapshot!, (db) => db.get<{ x: number }>("SELECT x FROM a"))!.x, 42);
    assert.equal(on(f.path, (db) => db.all("SELECT x FROM b")).length, 1);
  }),
);

Deno.test(
  "only its owner may read the copy",
  withDb((f) => {
    steps(f.path, [ONE]);
    const { snapshot } = steps(f.path, [ONE, TWO]);
    assert.equal(Deno.statSync(snapshot!).mode! & 0o777, 0o600);
  }),
);

Deno.test(
  "a step that fails leaves nothing of itself and all before it",
  withDb((f) => {
    assert.throws(() => steps(f.path, [ONE, TWO, BROKEN]), {
      code: "MIGRATION_FAILED",
      message: 'Cannot apply migration 3 "broken"',
      status: 500,
    });
    assert.equal(on(f.path, schemaLevel), 2);
    assert.deepEqual(tables(f.path), ["a", "b", "migrations"]);
    assert.deepEqual(on(f.path, (db) => db.all("SELECT * FROM a")), []);
    on(f.path, (db) => assert.throws(() => db.all("SELECT y FROM a"), /no such column/));
    const mended = { ...BROKEN, sql: "CREATE TABLE c (x INTEGER)" };
    assert.equal(steps(f.path, [ONE, TWO, mended]).to, 3);
  }),
);

Deno.test(
  "a process that ends in the middle of a step leaves nothing of it",
  withDb(async (f) => {
    steps(f.path, [ONE]);
    const connection = new URL("./connection.ts", import.meta.url).href;
    const migration = new URL("./migrate.ts", import.meta.url).href;
    const program = `
    import { Connection } from "${connection}";
    import { migrate } from "${migration}";
    const db = new Connection(${JSON.stringify(f.path)});
    const sql = ${JSON.stringify(TWO.sql)};
    const exec = db.exec.bind(db);
    db.exec = (text) => { if (text === "COMMIT") Deno.kill(Deno.pid, "SIGKILL"); exec(text); };
    migrate(db, ${JSON.stringify(f.path)}, { steps: [{ n: 2, name: "two", sql }] });`;
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", `data:text/javascript,${encodeURIComponent(program)}`],
    }).output();
    assert.equal(signal, "SIGKILL");
    assert.equal(on(f.path, schemaLevel), 1);
    assert.deepEqual(tables(f.path), ["a", "migrations"]);
    assert.equal(steps(f.path, [ONE, TWO]).to, 2);
  }),
);

Deno.test(
  "a file of a newer executable is read as it is",
  withDb((f) => {
    steps(f.path, [ONE, TWO]);
    assert.deepEqual(steps(f.path, [ONE]), { from: 2, to: 2 });
    assert.deepEqual(tables(f.path), ["a", "b", "migrations"]);
  }),
);

Deno.test(
  "opening a database brings it to the newest level and says so",
  withDb(async (f) => {
    const newest = MIGRATIONS.at(-1)!.n;
    const first = await f.open();
    assert.deepEqual(first.migration, { from: 0, to: newest });
    await first.write(put, { key: "a", value: "v" });
    await first.close();
    const second = await f.open();
    assert.deepEqual(second.migration, { from: newest, to: newest });
    assert.deepEqual(f.keys(), ["a"]);
  }),
);

Deno.test("the steps are numbered from one without a gap and only ever add", () => {
  MIGRATIONS.forEach((step, i) => {
    assert.equal(step.n, i + 1);
    assert.doesNotMatch(step.sql, /\b(DROP|RENAME)\b/i, step.name);
  });
});
