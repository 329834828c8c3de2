import assert from "node:assert/strict";
import { manifest, OWNER } from "../apps/testing.ts";
import type { Connection } from "../db/mod.ts";
import type { DynamicTables } from "../storage/operations.ts";
import { forgetSomeOfApp } from "./app_operations.ts";
import { findRows, forgetRows } from "./person_operations.ts";
import { pageOfRows, tablesOfPerson } from "./read_operations.ts";
import { within } from "./row_operations.ts";
import { ANN, BOB, withOwnership } from "./testing.ts";

/** A pillar as the relational one is: tables without `app_id`, whose triggers call a function. */
function pillarOf(prepared: { count: number }): DynamicTables {
  return {
    pillar: "zz",
    jsonb: ["body"],
    list: (db) =>
      db.all<{ id: number; app_id: string }>("SELECT id, app_id FROM zz_tables").map((row) => ({
        name: `zz_${row.id}`,
        appId: row.app_id,
      })),
    prepare: () => {
      prepared.count++;
    },
    drop: (db, { appId, limit }) => {
      const row = db.get<{ id: number }>("SELECT id FROM zz_tables WHERE app_id = ?", appId);
      if (!row) return false;
      const table = `zz_${row.id}`;
      if (
        db.run(`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} LIMIT ?)`, limit)
      ) {
        return true;
      }
      db.exec(`DROP TABLE ${table}`);
      return db.run("DELETE FROM zz_tables WHERE id = ?", row.id) > 0;
    },
  };
}

function makeTables(db: Connection): void {
  db.exec("CREATE TABLE zz_tables (id INTEGER PRIMARY KEY, app_id TEXT NOT NULL)");
  for (const [id, appId] of [[1, "app_one"], [2, "app_two"]] as const) {
    db.run("INSERT INTO zz_tables VALUES (?, ?)", id, appId);
    db.exec(`CREATE TABLE zz_${id} (user_id TEXT NOT NULL, body BLOB)`);
    for (const user of [ANN, ANN, BOB]) {
      db.run(`INSERT INTO zz_${id} VALUES (?, jsonb(?))`, user, JSON.stringify({ of: user }));
    }
  }
}

const drain = (step: () => boolean) => {
  let steps = 0;
  while (step()) steps++;
  return steps;
};

Deno.test(
  "tables that a pillar makes are found by the apps it names, and dropped by it",
  withOwnership((t) =>
    t.raw((db) => {
      makeTables(db);
      const prepared = { count: 0 };
      const pillars = [pillarOf(prepared)];
      const places = tablesOfPerson.run(db, { userId: ANN, pillars });
      assert.deepEqual(places, [
        { table: "zz_1", appId: "app_one" },
        { table: "zz_2", appId: "app_two" },
      ]);
      const page = pageOfRows.run(db, {
        ...places[0]!,
        userId: ANN,
        after: undefined,
        limit: 9,
        pillars,
      });
      assert.deepEqual(page.rows.map((row) => JSON.parse(row).body), [{ of: ANN }, { of: ANN }]);

      const person = { userId: ANN, pseudonym: "usr_x", anonymise: false, pillars };
      const found = findRows.run(db, { userId: ANN, limit: 9, pillars });
      assert.deepEqual([found.table, found.keys.length, found.next], [
        "zz_1",
        2,
        { table: "zz_2" },
      ]);
      assert.equal(forgetRows.run(db, { ...person, ...found }), 2);
      assert.equal(prepared.count, 1, "triggers were not made ready");
      const second = findRows.run(db, { userId: ANN, from: found.next, limit: 1, pillars });
      assert.deepEqual(second.next, { table: "zz_2", after: second.keys[0] });
      assert.equal(forgetRows.run(db, { ...person, ...second }), 1);
      const third = findRows.run(db, { userId: ANN, from: second.next, limit: 9, pillars });
      assert.equal(forgetRows.run(db, { ...person, ...third, anonymise: true }), 1);
      assert.deepEqual(third.next, undefined);
      assert.equal(findRows.run(db, { userId: "usr_x", limit: 9, pillars }).keys.length, 1);
      assert.equal(db.all("SELECT * FROM zz_1").length, 1);

      drain(() => forgetSomeOfApp(db, { appId: "app_one", limit: 1, pillars }));
      assert.deepEqual(
        db.all("SELECT name FROM sqlite_master WHERE name GLOB 'zz_[0-9]'"),
        [
          { name: "zz_2" },
        ].map((row) => Object.assign(Object.create(null), row)),
      );
      assert.equal(db.all("SELECT * FROM zz_2").length, 2);
    })
  ),
);

Deno.test(
  "a purge goes in steps that let other changes through, and takes young blobs of that app only",
  withOwnership(async (t) => {
    const files = (own: string) => ({
      "index.html": `<p>${own}</p>`,
      "same.txt": "both have it",
      "app.json": manifest(own),
    });
    const { app } = await t.fx.deploy(files("one"));
    await t.fx.deploy(files("two"));
    t.raw((db) =>
      db.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) " +
          "INSERT INTO kv SELECT ?, 'usr_system', 'k' || i, 'some value', 10, NULL, 0 FROM n",
        app.id,
      )
    );
    const [, { cid }] = [0, t.fx.apps.files("two").find(({ path }) => path === "same.txt")!];
    const own = t.fx.apps.files("one").find(({ path }) => path === "index.html")!;
    const order: string[] = [];
    const purge = t.ownership.purgeApp(t.fx.apps, "one", OWNER).then(() => order.push("purged"));
    const watch = async () => {
      // The purge has begun when the app is no longer there.
      while (t.fx.apps.list().length === 2) await new Promise((done) => setTimeout(done, 1));
      await t.fx.settings.set("logs.keepDays", 5, 1);
      order.push("another change");
    };
    await Promise.all([purge, watch()]);
    assert.deepEqual(order, ["another change", "purged"]);
    assert.equal(t.fx.count("kv"), 0);
    assert.equal(t.fx.vfs.size(own.cid), undefined);
    assert.equal(new TextDecoder().decode(t.fx.vfs.read(cid)), "both have it");
    assert.equal(t.fx.count("unnamed_blobs"), 0);
    assert.throws(() => t.ownership.gone.admit({ appId: app.id }), { code: "GONE" });
  }),
);

Deno.test("a step ends after its time, whatever is left", () => {
  let calls = 0;
  const slow = (n: number) => {
    calls++;
    const until = performance.now() + 20;
    while (performance.now() < until);
    return n;
  };
  assert.equal(within(1000, slow), 50);
  assert.equal(calls, 1);
  assert.equal(within(120, (n) => n), 120);
  assert.equal(within(120, () => 7), 7);
});
