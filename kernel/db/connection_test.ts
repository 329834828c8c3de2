import assert from "node:assert/strict";
import { Connection } from "./connection.ts";

/** A connection with the numbers 1 to 5 in `t`. */
function withNumbers(run: (db: Connection) => void): () => void {
  return () => {
    const dir = Deno.makeTempDirSync({ prefix: "fazt-connection-" });
    const db = new Connection(`${dir}/data.db`);
    try {
      db.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2), (3), (4), (5)");
      run(db);
    } finally {
      db.close();
      Deno.removeSync(dir, { recursive: true });
    }
  };
}
const SQL = "SELECT n FROM t WHERE n > ? ORDER BY n";
const rows = (iterated: Iterable<{ n: number }>) => [...iterated].map(({ n }) => n);

Deno.test(
  "two iterations of the same statement do not disturb each other",
  withNumbers((db) => {
    const pairs: string[] = [];
    for (const a of db.iterate<{ n: number }>(SQL, 3)) {
      for (const b of db.iterate<{ n: number }>(SQL, 2)) pairs.push(`${a.n}${b.n}`);
      assert.deepEqual(db.get<{ n: number }>(SQL, 4)!.n, 5);
    }
    assert.deepEqual(pairs, ["43", "44", "45", "53", "54", "55"]);
  }),
);

Deno.test(
  "an iteration that is left early holds nothing up and can be done again",
  withNumbers((db) => {
    for (const { n } of db.iterate<{ n: number }>(SQL, 0)) if (n === 2) break;
    assert.throws(() => {
      for (const _ of db.iterate(SQL, 0)) throw new Error("in the middle");
    }, /in the middle/);
    assert.deepEqual(rows(db.iterate(SQL, 3)), [4, 5]);
    // A table that a statement still reads cannot be dropped.
    db.exec("DROP TABLE t");
  }),
);

Deno.test(
  "statements without end are no trouble",
  withNumbers((db) => {
    const all = db.iterate<{ n: number }>(SQL, 0);
    assert.equal(all.next().value!.n, 1);
    for (let i = 0; i < 1200; i++) assert.equal(db.get<{ x: number }>(`SELECT ${i} AS x`)!.x, i);
    assert.deepEqual(rows(all), [2, 3, 4, 5]);
    assert.deepEqual(rows(db.iterate(SQL, 4)), [5]);
  }),
);

Deno.test("an iteration over a damaged page fails instead of ending early", () => {
  const dir = Deno.makeTempDirSync({ prefix: "fazt-connection-" });
  const path = `${dir}/data.db`;
  try {
    const whole = new Connection(path);
    whole.exec("CREATE TABLE t (n INTEGER, fill TEXT)");
    whole.exec(
      "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1000) " +
        "INSERT INTO t SELECT n, printf('%0500d', n) FROM i",
    );
    const size = whole.get<{ page_size: number }>("PRAGMA page_size")!.page_size;
    whole.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    whole.close();
    const file = Deno.openSync(path, { write: true });
    file.seekSync(size * 60, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(size).fill(0xa5));
    file.close();
    const db = new Connection(path, { readOnly: true });
    let seen = 0;
    assert.throws(() => {
      for (const _ of db.iterate("SELECT n FROM t")) seen++;
    }, /half-way/);
    assert.ok(seen > 0 && seen < 1000);
    db.close();
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
