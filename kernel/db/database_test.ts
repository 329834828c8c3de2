import assert from "node:assert/strict";
import { Connection } from "./connection.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { spawn, withDb } from "./testing/fixture.ts";
import { countRows, pragma, put, putOrphan, putThenRefuse } from "./testing/operations.ts";

const broken = () =>
  new Worker("data:text/javascript,throw new Error('does not start')", { type: "module" });
const pair = (key: string) => ({ key, value: "v" });

Deno.test(
  "what a write reports is seen by the reader and by a new connection",
  withDb(async (f) => {
    const db = await f.open();
    assert.equal(await db.write(put, pair("a")), "a");
    assert.deepEqual(db.reader.all("SELECT key, value FROM node").map((r) => ({ ...r })), [
      pair("a"),
    ]);
    assert.deepEqual(f.keys(), ["a"]);
  }),
);

Deno.test(
  "many writes at once are all on the disk once they are answered",
  withDb(async (f) => {
    const db = await f.open();
    const keys = Array.from({ length: 1300 }, (_, i) => `k${String(i).padStart(4, "0")}`);
    const answers = await Promise.all(keys.map((key) => db.write(put, pair(key))));
    assert.deepEqual(answers, keys);
    assert.deepEqual(f.keys(), keys);
  }),
);

Deno.test(
  "writes that are asked for together are answered in the order asked",
  withDb(async (f) => {
    const db = await f.open();
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => db.write(put, pair(`k${i}`)).then(() => order.push(i))),
    );
    assert.deepEqual(order, Array.from({ length: 20 }, (_, i) => i));
  }),
);

Deno.test(
  "an operation that fails leaves nothing, its neighbours everything",
  withDb(async (f) => {
    const db = await f.open();
    const results = await Promise.allSettled([
      db.write(put, pair("before")),
      db.write(putThenRefuse, pair("refused")),
      db.write(put, pair("between")),
      db.write(put, pair("before")),
      db.write({ name: "test.unheard", essential: false, run: () => 0 }, {}),
      db.write(put, pair("refused")),
      db.write(put, pair("last")),
    ]);
    assert.deepEqual(results.map((r) => r.status === "fulfilled"), [
      true,
      false,
      true,
      false,
      false,
      true,
      true,
    ]);
    assert.deepEqual(f.keys(), ["before", "between", "last", "refused"]);
  }),
);

Deno.test(
  "a refusal arrives as it was thrown, without its cause",
  withDb(async (f) => {
    const db = await f.open();
    await assert.rejects(() => db.write(putThenRefuse, pair("a")), (error) => {
      assert.ok(error instanceof FaztError);
      const { code, message, hint, status, details, cause } = error;
      assert.deepEqual({ code, message, hint, status, details, cause }, {
        code: "CONFLICT",
        message: "Cannot put a: refused",
        hint: "ask for less",
        status: 418,
        details: { key: "a" },
        cause: undefined,
      });
      return true;
    });
    assert.deepEqual(f.traces, []);
  }),
);

Deno.test(
  "an error of SQLite's is told to the log and hidden from the caller",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, pair("a"));
    await assert.rejects(() => db.write(put, pair("a")), {
      code: "INTERNAL",
      message: "Something went wrong inside the node",
      status: 500,
    });
    assert.equal(f.traces.length, 1);
    assert.match(f.traces[0]!, /^test\.put: .*UNIQUE constraint failed: node\.key/);
  }),
);

Deno.test(
  "a full database refuses the write and keeps what it had",
  withDb(async (f) => {
    const db = await f.open({ maxMb: 1 });
    await db.write(put, pair("a"));
    await assert.rejects(
      () => db.write(put, { key: "large", value: "x".repeat(2 * 1024 * 1024) }),
      { code: "DISK_FULL", status: 507 },
    );
    await db.write(put, pair("b"));
    assert.deepEqual(f.keys(), ["a", "b"]);
  }),
);

Deno.test(
  "what was asked before closing is written, what is asked once closed is refused",
  withDb(async (f) => {
    const db = await f.open();
    const asked = Array.from({ length: 600 }, (_, i) => db.write(put, pair(`k${i}`)));
    const closed = db.close();
    await Promise.all([...asked, closed]);
    await assert.rejects(() => db.write(put, pair("late")), { code: "BUSY", status: 503 });
    assert.equal(f.keys().length, 600);
  }),
);

Deno.test(
  "closing twice is closing once",
  withDb(async (f) => {
    const db = await f.open();
    await db.close();
    await db.close();
  }),
);

Deno.test(
  "closing folds the log of writes into the file",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, pair("a"));
    assert.ok((await Deno.stat(`${f.path}-wal`)).size > 0);
    await db.close();
    await assert.rejects(() => Deno.stat(`${f.path}-wal`), Deno.errors.NotFound);
    assert.deepEqual(f.keys(), ["a"]);
  }),
);

Deno.test(
  "the reader and the background cannot write",
  withDb(async (f) => {
    const db = await f.open();
    assert.throws(() => db.reader.run("INSERT INTO node VALUES ('a', 'b')"), /readonly/);
    await assert.rejects(() => db.background(put, pair("a")), { code: "INTERNAL" });
    assert.match(f.traces.join(), /readonly/);
    assert.deepEqual(f.keys(), []);
  }),
);

Deno.test(
  "a long read sees what was written before it",
  withDb(async (f) => {
    const db = await f.open();
    assert.equal(await db.background(countRows, {}), 0);
    await db.write(put, pair("a"));
    assert.equal(await db.background(countRows, {}), 1);
  }),
);

Deno.test(
  "only its owner may read the file",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, pair("a"));
    for (const name of ["", "-wal", "-shm"]) {
      assert.equal((await Deno.stat(f.path + name)).mode! & 0o777, 0o600, name);
    }
  }),
);

Deno.test(
  "a commit is synced to the disk before it is answered",
  withDb(async (f) => {
    const db = await f.open();
    const read = (name: string) => db.write(pragma, { name });
    assert.deepEqual(
      [await read("synchronous"), await read("journal_mode"), await read("foreign_keys")],
      [2, "wal", 1],
    );
  }),
);

Deno.test(
  "writes asked for together share a commit",
  withDb(async (f) => {
    const db = await f.open();
    const logged = async () => (await Deno.stat(`${f.path}-wal`)).size;
    await db.write(put, pair("first"));
    const start = await logged();
    await Promise.all(Array.from({ length: 100 }, (_, i) => db.write(put, pair(`together${i}`))));
    const together = await logged() - start;
    for (let i = 0; i < 100; i++) await db.write(put, pair(`alone${i}`));
    const alone = await logged() - start - together;
    // Every commit writes each page it changed once.
    assert.ok(together * 5 < alone, `${together} bytes together, ${alone} alone`);
  }),
);

Deno.test(
  "a write that fills the disk takes nobody with it",
  withDb(async (f) => {
    const db = await f.open({ maxMb: 1 });
    const results = await Promise.allSettled([
      db.write(put, pair("a")),
      db.write(put, { key: "large", value: "x".repeat(2 * 1024 * 1024) }),
      db.write(put, pair("b")),
    ]);
    assert.deepEqual(results.map((r) => r.status), ["fulfilled", "rejected", "fulfilled"]);
    assert.equal((results[1] as PromiseRejectedResult).reason.code, "DISK_FULL");
    assert.deepEqual(f.keys(), ["a", "b"]);
  }),
);

Deno.test(
  "a background that does not start fails the read and is tried again",
  withDb(async (f) => {
    let fails = true;
    const db = await f.open({
      spawnBackground: () => (fails ? broken : spawn("background"))(),
    });
    await assert.rejects(() => db.background(countRows, {}), { code: "INTERNAL" });
    fails = false;
    assert.equal(await db.background(countRows, {}), 0);
  }),
);

Deno.test(
  "a background that does not start leaves the writes to be finished",
  withDb(async (f) => {
    const db = await f.open({ spawnBackground: broken });
    const read = db.background(countRows, {});
    const written = db.write(put, pair("a"));
    await Promise.all([assert.rejects(read, { code: "INTERNAL" }), db.close(), written]);
    assert.deepEqual(f.keys(), ["a"]);
  }),
);

Deno.test(
  "a file that is no database is not opened and not changed",
  withDb(async (f) => {
    await Deno.writeTextFile(f.path, "my only copy of a novel ".repeat(100));
    await assert.rejects(() => f.open(), /not a database/);
    assert.match(await Deno.readTextFile(f.path), /^my only copy of a novel/);
  }),
);

Deno.test(
  "a commit that fails is told to all who shared it, and the next one works",
  withDb(async (f) => {
    const db = await f.open();
    const results = await Promise.allSettled([
      db.write(put, pair("a")),
      db.write(putThenRefuse, pair("b")),
      db.write(putOrphan, {}),
    ]);
    const codes = results.map((r) => r.status === "rejected" ? r.reason.code : r.status);
    assert.deepEqual(codes, ["INTERNAL", "CONFLICT", "INTERNAL"]);
    assert.match(f.traces[0]!, /FOREIGN KEY constraint failed/);
    assert.deepEqual(f.keys(), []);
    await db.write(put, pair("c"));
    assert.deepEqual(f.keys(), ["c"]);
  }),
);

Deno.test(
  "closing empties the log of writes though somebody else still reads",
  withDb(async (f) => {
    const db = await f.open();
    await db.write(put, pair("a"));
    const other = new Connection(f.path, { readOnly: true });
    await db.close();
    assert.equal((await Deno.stat(`${f.path}-wal`)).size, 0);
    other.close();
  }),
);
