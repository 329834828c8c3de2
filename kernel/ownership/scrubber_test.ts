import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { Connection } from "../db/mod.ts";
import { markPerson } from "./erasure_operations.ts";
import { truncateLog } from "./scrub_operations.ts";
import { Scrubber } from "./scrubber.ts";
import { ANN, withOwnership } from "./testing.ts";

Deno.test(
  "a reader that holds an old state puts the cleaning off, and it is done when it ends",
  withOwnership(async (t) => {
    const scrubber = new Scrubber(t.fx.db, 2);
    const logBytes = async () => (await stat(`${t.fx.db.path}-wal`)).size;
    const reader = new Connection(t.fx.db.path, { readOnly: true });
    try {
      reader.exec("BEGIN");
      reader.all("SELECT * FROM settings");
      await t.fx.settings.set("logs.keepDays", 3, 1);
      assert.equal(await scrubber.clean(), false);
      assert.ok(await logBytes() > 0);
    } finally {
      reader.close();
    }
    await scrubber.tick();
    assert.equal(await logBytes(), 0);
    await t.fx.settings.set("logs.keepDays", 4, 1);
    await scrubber.tick();
    assert.ok(await logBytes() > 0, "there was nothing to do");
  }),
);

Deno.test(
  "pages that hold nothing are given back to the file system",
  withOwnership(async (t) => {
    t.raw((db) => {
      db.exec("CREATE TABLE bulk (bytes BLOB)");
      for (let i = 0; i < 20; i++) db.run("INSERT INTO bulk VALUES (zeroblob(100000))");
      db.exec("DROP TABLE bulk");
    });
    const free = () =>
      t.fx.db.reader.get<{ freelist_count: number }>("PRAGMA freelist_count")!.freelist_count;
    assert.ok(free() > 100);
    assert.equal(await new Scrubber(t.fx.db).clean(), true);
    assert.equal(free(), 0);
  }),
);

Deno.test(
  "what runs outside of transactions keeps its place among changes of the same moment",
  withOwnership(async (t) => {
    const { db } = t.fx;
    const done: string[] = [];
    const mark = (hash: string) =>
      db.write(markPerson, { hash, userId: ANN, pseudonym: null, requestedAt: 0, dueAt: 0 })
        .then((row) => done.push(row.hash));
    const truncate = () =>
      db.write(truncateLog, { waitMs: 10 }).then((ok) => done.push(`log ${ok}`));
    await Promise.all([mark("first"), truncate(), mark("second"), truncate()]);
    assert.deepEqual(done, ["first", "log true", "second", "log true"]);
    assert.equal(t.fx.count("erasures"), 2);
    assert.equal((await stat(`${db.path}-wal`)).size, 0);
  }),
);
