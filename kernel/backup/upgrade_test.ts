// A database written at every level there ever was, upgraded, and read by those that knew less.
import assert from "node:assert/strict";
import { restoreDatabase } from "./mod.ts";
import { Connection, type Row, type SqlValue } from "../db/connection.ts";
import { migrate, newestLevel, schemaLevel } from "../db/migrate.ts";
import { MIGRATIONS } from "../db/migrations.ts";
import { withDb } from "../db/testing/fixture.ts";

const NEWEST = newestLevel();
const upTo = (level: number) => MIGRATIONS.filter((step) => step.n <= level);

function on<T>(path: string, use: (db: Connection) => T): T {
  const db = new Connection(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

const tables = (db: Connection) =>
  db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' " +
      "AND name <> 'migrations' ORDER BY name",
  ).map(({ name }) => name);
const columns = (db: Connection, table: string) =>
  db.all<Column>('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', table)
    .map((column) => ({ ...column }));

/** What an executable of some level knows of a database. */
const shape = (db: Connection) => new Map(tables(db).map((name) => [name, columns(db, name)]));

/** Puts a row into every table, with a value in every column. */
function fill(db: Connection, known: ReturnType<typeof shape>, seed: number): void {
  // A row may point at one of another table.
  db.exec("PRAGMA foreign_keys = OFF");
  for (const [table, all] of known) {
    const values = all.map(({ name, type }, i): SqlValue =>
      type === "INTEGER"
        ? seed + i
        : type === "BLOB"
        ? new Uint8Array([seed, i])
        : `${name}-${seed}`
    );
    const names = all.map(({ name }) => `"${name}"`).join(", ");
    db.run(
      `INSERT INTO "${table}" (${names}) VALUES (${all.map(() => "?").join(", ")})`,
      ...values,
    );
  }
}

/** Every row of the tables and columns that are known, by table. */
function rows(db: Connection, known: ReturnType<typeof shape>): Record<string, Row[]> {
  return Object.fromEntries([...known].map(([table, all]) => [
    table,
    db.all(`SELECT ${all.map(({ name }) => `"${name}"`).join(", ")} FROM "${table}"`)
      .map((row) => ({ ...row })),
  ]));
}

for (const { n: level } of MIGRATIONS.filter((step) => step.n < NEWEST)) {
  Deno.test(
    `a database of level ${level} is upgraded with all its rows, and its own executable can go on with it`,
    withDb(async (f) => {
      const steps = upTo(level);
      const [known, before] = on(f.path, (db) => {
        migrate(db, f.path, { steps });
        const known = shape(db);
        fill(db, known, 10);
        return [known, rows(db, known)] as const;
      });

      const report = on(f.path, (db) => migrate(db, f.path));
      assert.deepEqual([report.from, report.to], [level, NEWEST]);
      on(f.path, (db) => {
        assert.deepEqual(rows(db, known), before);
        assert.deepEqual(db.all("PRAGMA quick_check").map((row) => ({ ...row })), [{
          quick_check: "ok",
        }]);
      });

      // The executable of before opens the newer file, finds what it knows and writes as it did.
      on(f.path, (db) => {
        assert.deepEqual(migrate(db, f.path, { steps }), { from: NEWEST, to: NEWEST });
        for (const [table, all] of known) {
          assert.deepEqual(columns(db, table).slice(0, all.length), all, table);
        }
        fill(db, known, 100);
        for (const [table, found] of Object.entries(rows(db, known))) {
          assert.equal(found.length, before[table]!.length + 1, table);
        }
        for (const table of known.keys()) db.run(`DELETE FROM "${table}"`);
      });

      // The copy of before is a database of that level, and can be put back.
      const other = `${f.dir}/other.db`;
      on(report.snapshot!, (db) => {
        assert.equal(schemaLevel(db), level);
        assert.deepEqual(rows(db, known), before);
      });
      await restoreDatabase({
        file: report.snapshot!,
        dbPath: other,
        passphrase: undefined,
        at: 1,
      });
      on(other, (db) => {
        assert.equal(schemaLevel(db), NEWEST);
        // Who ran when the copy was made does not run now.
        assert.deepEqual(rows(db, known), { ...before, node: [] });
      });
    }),
  );
}

Deno.test(
  "an upgrade of many steps that ends in the middle goes on where it was",
  withDb(async (f) => {
    on(f.path, (db) => migrate(db, f.path, { steps: upTo(1) }));
    const known = on(f.path, (db) => {
      const known = shape(db);
      fill(db, known, 10);
      return known;
    });
    const before = on(f.path, (db) => rows(db, known));
    const module = (name: string) => new URL(`../db/${name}.ts`, import.meta.url).href;
    // Dies within the third step, after its first statement.
    const program = `
      import { Connection } from "${module("connection")}";
      import { migrate } from "${module("migrate")}";
      import { MIGRATIONS } from "${module("migrations")}";
      const db = new Connection(${JSON.stringify(f.path)});
      const exec = db.exec.bind(db);
      db.exec = (sql) => {
        if (sql !== MIGRATIONS[2].sql) return exec(sql);
        exec(sql.slice(0, sql.indexOf(");") + 2));
        Deno.kill(Deno.pid, "SIGKILL");
      };
      migrate(db, ${JSON.stringify(f.path)});`;
    const file = `${f.dir}/die.ts`;
    await Deno.writeTextFile(file, program);
    const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", file],
    }).output();
    assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
    assert.equal(on(f.path, schemaLevel), 2);
    on(f.path, (db) => assert.deepEqual(rows(db, known), before));
    assert.equal(on(f.path, (db) => migrate(db, f.path)).to, NEWEST);
    on(f.path, (db) => assert.deepEqual(rows(db, known), before));
  }),
);

const copies = (dir: string) =>
  [...Deno.readDirSync(dir)].map(({ name }) => name).filter((name) => name.includes(".before-"))
    .sort();

Deno.test(
  "of copies from before upgrades the newest three stay, whatever the clock says",
  withDb((f) => {
    const step = (n: number) => ({ n, name: `s${n}`, sql: `CREATE TABLE t${n} (x)` });
    const future = Date.now() + 86_400_000;
    on(f.path, (db) => migrate(db, f.path, { steps: [step(1)] }));
    Deno.writeTextFileSync(`${f.path}.before-0-${future}`, "made when the clock was ahead");
    Deno.writeTextFileSync(`${f.path}.before-0-5.partial`, "cut off");
    Deno.writeTextFileSync(`${f.path}.before-restore-5`, "not of an upgrade");
    for (let n = 2; n <= 6; n++) {
      on(
        f.path,
        (db) => migrate(db, f.path, { steps: Array.from({ length: n }, (_, i) => step(i + 1)) }),
      );
    }
    assert.deepEqual(copies(f.dir), [
      `data.db.before-3-${future + 3}`,
      `data.db.before-4-${future + 4}`,
      `data.db.before-5-${future + 5}`,
      "data.db.before-restore-5",
    ]);
  }),
);

Deno.test(
  "a copy that does not fit leaves nothing of itself, and the database as it was",
  withDb((f) => {
    on(f.path, (db) => migrate(db, f.path, { steps: upTo(1) }));
    on(f.path, (db) => {
      const exec = db.exec.bind(db);
      db.exec = (sql) => {
        exec(sql);
        // The copy stands; what follows it fails.
        if (sql === "ROLLBACK") throw new Error("the disk is full");
      };
      assert.throws(() => migrate(db, f.path), /full/);
    });
    assert.equal(on(f.path, schemaLevel), 1);
    assert.deepEqual(copies(f.dir), []);
  }),
);
