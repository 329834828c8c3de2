import assert from "node:assert/strict";
import { Connection, migrate } from "../db/mod.ts";
import { type CopyCursor, tableCopier } from "./copier.ts";

const FROM = "app_111111111111";
const TO = "app_222222222222";
const OTHER = "app_333333333333";

async function withDatabase(run: (db: Connection) => void): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "fazt-copier-" });
  const db = new Connection(`${dir}/data.db`);
  try {
    migrate(db, `${dir}/data.db`);
    run(db);
  } finally {
    db.close();
    await Deno.remove(dir, { recursive: true });
  }
}

function put(db: Connection, row: { app?: string; user: string; key: string; size: number }) {
  const { app = FROM, user, key, size } = row;
  db.run("INSERT INTO kv VALUES (?, ?, ?, ?, ?, 99, 5)", app, user, key, `v-${key}`, size);
}

/** Copies to the end; returns how many rows each step took. */
function copy(db: Connection, bounds: { maxRows: number; maxBytes: number }): number[] {
  const copier = tableCopier("kv", { pillar: "kv", size: "size" });
  const steps: number[] = [];
  let after: CopyCursor = null;
  do {
    const done = copier.step(db, { from: FROM, to: TO, after, ...bounds });
    steps.push(done.rows);
    after = done.after;
  } while (after !== null);
  return steps;
}

const rowsOf = (db: Connection, app: string) =>
  db.all(
    "SELECT user_id, key, value, size, expires_at, updated_at FROM kv WHERE app_id = ? " +
      "ORDER BY user_id, key",
    app,
  );

Deno.test("every row is copied once, whatever the size of a step, and nobody else's", () =>
  withDatabase((db) => {
    for (let i = 0; i < 23; i++) put(db, { user: `usr_${i % 3}`, key: `k${i}`, size: 10 });
    put(db, { app: OTHER, user: "usr_0", key: "other", size: 1 });
    for (const maxRows of [1, 2, 7, 23, 24]) {
      db.run("DELETE FROM kv WHERE app_id = ?", TO);
      const steps = copy(db, { maxRows, maxBytes: 1000 });
      assert.ok(steps.every((rows) => rows <= maxRows), `${steps}`);
      assert.deepEqual(rowsOf(db, TO), rowsOf(db, FROM));
    }
  }));

Deno.test("a step ends before it would copy too many bytes; one large row goes alone", () =>
  withDatabase((db) => {
    [40, 40, 40, 500, 10].forEach((size, i) => put(db, { user: "usr_a", key: `k${i}`, size }));
    assert.deepEqual(copy(db, { maxRows: 100, maxBytes: 100 }), [2, 1, 1, 1]);
    assert.deepEqual(rowsOf(db, TO), rowsOf(db, FROM));
  }));

Deno.test("what is copied is booked to the people it belongs to", () =>
  withDatabase((db) => {
    for (let i = 0; i < 10; i++) {
      put(db, { user: i < 3 ? "usr_a" : "usr_b", key: `k${i}`, size: 5 });
    }
    copy(db, { maxRows: 4, maxBytes: 1000 });
    assert.deepEqual(
      db.all("SELECT user_id AS user, entries, bytes FROM storage_usage WHERE app_id = ?", TO)
        .map((row) => ({ ...row })),
      [{ user: "usr_a", entries: 3, bytes: 15 }, { user: "usr_b", entries: 7, bytes: 35 }],
    );
    assert.deepEqual(
      { ...db.get<object>("SELECT entries, bytes FROM storage_totals WHERE app_id = ?", TO) },
      { entries: 10, bytes: 50 },
    );
  }));

Deno.test("an app without rows is copied in one look", () =>
  withDatabase((db) => assert.deepEqual(copy(db, { maxRows: 5, maxBytes: 5 }), [0])));

Deno.test("a step finds its place by the key, however far it is", () =>
  withDatabase((db) => {
    const plan = db.all<{ detail: string }>(
      "EXPLAIN QUERY PLAN SELECT user_id, key FROM kv WHERE app_id = ? AND " +
        "(user_id, key) > (?, ?) ORDER BY user_id, key LIMIT 5",
      FROM,
      "a",
      "b",
    ).map(({ detail }) => detail).join("; ");
    assert.match(plan, /app_id=\? AND \(user_id,key\)>\(\?,\?\)/);
    assert.doesNotMatch(plan, /TEMP B-TREE/);
  }));
