import assert from "node:assert/strict";
import { Connection, type SqlValue } from "../db/mod.ts";
import { admitRows, columnsFor, withNumbers } from "./admit_rows.ts";
import { FaztError } from "../lib/fazt_error.ts";
import type { MoveLimits } from "../storage/mod.ts";
import type { PillarMove } from "../storage/operations.ts";
import { numberedName, pillarOf } from "./pillar_operations.ts";
import { insertRows } from "./operations.ts";

const APP = "app_123456789abc";
const THINGS: PillarMove = {
  pillar: "th",
  tables: ["th_things"],
  give: () => [],
  take: (db, { appId, rows, table, places }) => {
    if (table !== "th_things") {
      for (const row of rows) db.run(`INSERT INTO ${places[table]} VALUES (?, ?)`, appId, row.id!);
      return {};
    }
    return Object.fromEntries(rows.map(({ n, name }) => {
      if (!/^[a-z]+$/.test(String(name))) throw new FaztError("INVALID", "no name of a thing");
      db.exec(`CREATE TABLE "th_${name}" (app_id TEXT NOT NULL, id TEXT PRIMARY KEY)`);
      return [`th_${n}`, `th_${name}`];
    }));
  },
};
const LIMITS: MoveLimits = {
  shards: 100,
  ...{ appMb: 1, kvKeys: 1, collections: 10, perCollection: 10, documentMb: 1 },
  ...{ rdTables: 10, rdRows: 10, s3Gb: 1, s3ObjectGb: 1 },
};

function database(): Connection {
  const db = new Connection(":memory:");
  db.exec(
    "CREATE TABLE th_things (n INTEGER PRIMARY KEY, app_id TEXT NOT NULL, name TEXT NOT NULL); " +
      "CREATE TABLE th_1 (app_id TEXT NOT NULL, id TEXT PRIMARY KEY, body); " +
      "CREATE TABLE loose (app_id TEXT NOT NULL, id TEXT PRIMARY KEY, body); " +
      "INSERT INTO th_1 VALUES ('app_theirs11111', 'a', 'theirs'); " +
      "CREATE TABLE storage_totals (app_id, pillar, entries, bytes, PRIMARY KEY (app_id, pillar)); " +
      "CREATE TABLE storage_usage (app_id, user_id, pillar, entries, bytes, " +
      "PRIMARY KEY (app_id, user_id, pillar));",
  );
  return db;
}

const put = (
  db: Connection,
  table: string,
  { rows = [], ...more }: Partial<Parameters<typeof insertRows>[1]>,
) =>
  insertRows(db, {
    ...{ appId: APP, table, rows, bookings: [], at: 1, places: {}, limits: LIMITS },
    ids: rows.map(() => "123456789abc"),
    ...more,
  }, [THINGS]);
const plain = (rows: readonly object[]) => rows.map((row) => ({ ...row }));

Deno.test("rows of a pillar go through it, to the place their table has on this node", () => {
  const db = database();
  const places = put(db, "th_things", {
    rows: [{ n: 1n, name: "notes" }, { n: 9n, name: "lists" }],
  });
  assert.deepEqual(places, { th_1: "th_notes", th_9: "th_lists" });
  put(db, "th_1", { rows: [{ id: "a" }], places });
  assert.deepEqual(plain(db.all("SELECT * FROM th_1")), [
    { app_id: "app_theirs11111", id: "a", body: "theirs" },
  ]);
  assert.deepEqual(plain(db.all("SELECT * FROM th_notes")), [{ app_id: APP, id: "a" }]);
  assert.equal(pillarOf("th_12", [THINGS]), THINGS);
  assert.equal(pillarOf("th_others", [THINGS]), undefined);
  db.close();
});

Deno.test("what a pillar or a rule of a table refuses is the file's fault", () => {
  const db = database();
  const damaged = { code: "BACKUP_DAMAGED" };
  assert.throws(() => put(db, "th_things", { rows: [{ n: 4n, name: "x; DROP TABLE" }] }), damaged);
  const rows = [{ app_id: APP, id: null }, { app_id: APP, id: "a" }];
  db.exec("CREATE TABLE strict (app_id TEXT NOT NULL, id TEXT NOT NULL)");
  assert.throws(() => put(db, "strict", { rows }), damaged);
  db.close();
});

Deno.test("whole numbers stay what they are in a column without a type", () => {
  const db = database();
  put(db, "loose", {
    rows: [{ app_id: APP, id: "b", body: 5n }, {
      app_id: APP,
      id: "c",
      body: 9_007_199_254_740_993n,
    }],
  });
  assert.deepEqual(
    plain(
      db.all("SELECT typeof(body) AS t, CAST(body AS TEXT) AS b FROM loose WHERE app_id = ?", APP),
    ),
    [{ t: "integer", b: "5" }, { t: "integer", b: "9007199254740993" }],
  );
  assert.deepEqual(withNumbers({ a: 5n, b: 9_007_199_254_740_993n }), {
    a: 5,
    b: 9_007_199_254_740_993n,
  });
  db.close();
});

Deno.test("what is booked for a person counts against the owner's limit", () => {
  const db = database();
  const booking = { userId: "usr_a", pillar: "kv", entries: 1, bytes: 600_000 };
  const book = () => put(db, "loose", { bookings: [booking] });
  book();
  assert.throws(book, { code: "QUOTA" });
  const few = { ...booking, bytes: 1 };
  assert.throws(() => put(db, "loose", { bookings: [few] }), {
    code: "QUOTA",
    message: /storage\.kv\.keys/,
  });
  db.close();
});

Deno.test("a row has to fit the table of this node, and is this app's whatever it says", () => {
  const db = database();
  db.exec(
    "CREATE TABLE x (app_id TEXT NOT NULL, t TEXT NOT NULL, i INTEGER, later TEXT, r REAL, any)",
  );
  const columns = columnsFor(db, "x");
  const admit = (row: Record<string, SqlValue>) =>
    admitRows([row], "x", { columns, to: { appId: APP, at: 1 } }).rows[0];
  const good = { app_id: "app_theirs11111", t: "a", i: 5n, r: 1.5, any: new Uint8Array(1) };
  assert.deepEqual(admit(good), { ...good, app_id: APP });
  for (
    const [column, value] of Object.entries({ t: 5n, i: "5", r: "x", nothing: 1n })
  ) {
    assert.throws(() => admit({ ...good, [column]: value }), { code: "BACKUP_DAMAGED" }, column);
  }
  assert.throws(() => admit({ ...good, t: null }), { code: "BACKUP_DAMAGED" });
  assert.throws(() => admit({ app_id: APP, i: 1n }), { code: "BACKUP_DAMAGED" });
  for (const table of ["none", "th_things2", "sqlite_master", "storage_totals2"]) {
    assert.throws(() => columnsFor(db, table), { code: "BACKUP_NEWER" });
  }
  db.close();
});

Deno.test("the name of a numbered table is told from others", () => {
  assert.deepEqual(numberedName("ds_12"), { pillar: "ds", number: 12 });
  for (const name of ["kv", "ds_", "ds_items", "app_imports", "_1", "DS_1"]) {
    assert.equal(numberedName(name), undefined, name);
  }
});
