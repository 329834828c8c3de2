import assert from "node:assert/strict";
import { Connection, type Row, type SqlValue } from "../db/mod.ts";
import { admitRows, columnsFor, withNumbers } from "./admit_rows.ts";
import { numberedName, type NumberedTables } from "./numbered_tables.ts";
import { insertRows } from "./operations.ts";

const APP = "app_123456789abc";
const THINGS: NumberedTables = {
  pillar: "th",
  catalogue: "th_things",
  number: "n",
  create: (db, row, table) => {
    if (!/^[a-z]+$/.test(String(row.name))) throw new Error("no name of a thing");
    db.exec(`CREATE TABLE "${table}" (app_id TEXT NOT NULL, id TEXT PRIMARY KEY, body)`);
  },
};

function database(): Connection {
  const db = new Connection(":memory:");
  db.exec(
    "CREATE TABLE th_things (n INTEGER PRIMARY KEY, app_id TEXT NOT NULL, name TEXT NOT NULL); " +
      "CREATE TABLE th_1 (app_id TEXT NOT NULL, id TEXT PRIMARY KEY, body); " +
      "INSERT INTO th_things VALUES (1, 'app_theirs11111', 'old'); " +
      "INSERT INTO th_1 VALUES ('app_theirs11111', 'a', 'theirs'); " +
      "CREATE TABLE storage_totals (app_id, pillar, entries, bytes, PRIMARY KEY (app_id, pillar)); " +
      "CREATE TABLE storage_usage (app_id, user_id, pillar, entries, bytes, " +
      "PRIMARY KEY (app_id, user_id, pillar));",
  );
  return db;
}

const put = (db: Connection, table: string, rows: readonly Row[]) =>
  insertRows(db, { appId: APP, table, rows, bookings: [], maxMb: 1 }, [THINGS]);
const plain = (rows: readonly object[]) => rows.map((row) => ({ ...row }));

Deno.test("each table of a pillar gets a number of its own, and nobody else's is touched", () => {
  const db = database();
  const numbers = put(db, "th_things", [
    { n: 1, app_id: APP, name: "notes" },
    { n: 9, app_id: APP, name: "lists" },
  ]);
  assert.deepEqual(numbers, [2, 3]);
  put(db, "th_2", [{ app_id: APP, id: "a", body: "mine" }]);
  assert.deepEqual(plain(db.all("SELECT * FROM th_1")), [
    { app_id: "app_theirs11111", id: "a", body: "theirs" },
  ]);
  assert.deepEqual(plain(db.all("SELECT body FROM th_2")), [{ body: "mine" }]);
  assert.deepEqual(plain(db.all("SELECT * FROM th_3")), []);
  assert.throws(() => put(db, "th_things", [{ n: 4, app_id: APP, name: "x; DROP TABLE" }]));
  db.close();
});

Deno.test("whole numbers stay what they are in a column without a type", () => {
  const db = database();
  put(db, "th_1", [{ app_id: APP, id: "b", body: 5n }, {
    app_id: APP,
    id: "c",
    body: 9_007_199_254_740_993n,
  }]);
  assert.deepEqual(
    plain(
      db.all("SELECT typeof(body) AS t, CAST(body AS TEXT) AS b FROM th_1 WHERE app_id = ?", APP),
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
  const book = () =>
    insertRows(db, { appId: APP, table: "th_1", rows: [], bookings: [booking], maxMb: 1 }, []);
  book();
  assert.throws(book, { code: "QUOTA" });
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
