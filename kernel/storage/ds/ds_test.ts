import assert from "node:assert/strict";
import { purgeStep } from "../../apps/purge_operations.ts";
import { dsIndex } from "./catalog_operations.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { APP, encoded, ownerOf, withDs } from "./testing/fixture.ts";
import { dsDelete, dsUpdate } from "./write_operations.ts";

const refusal = (code: string, of: object = {}) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  assert.equal(error.code, code, error.message);
  assert.deepEqual({ ...error.details as object, ...of }, { ...error.details as object });
  return true;
};
/** Documents numbered from 0, in parts that one call takes. */
async function fill(f: Parameters<Parameters<typeof withDs>[0]>[0], n: number) {
  for (let from = 0; from < n; from += 1000) {
    const length = Math.min(1000, n - from);
    await f.insert(
      APP,
      "c",
      Array.from({ length }, (_, i) => ({ n: from + i, mod: (from + i) % 10, text: `t${i}` })),
    );
  }
}

Deno.test(
  "a change of many documents that fails at one changes none",
  withDs(async (f) => {
    await f.insert(APP, "c", [{ id: "a", n: 1 }, { id: "b", n: "text" }]);
    await assert.rejects(f.update(APP, "c", {}, { $inc: { n: 1 } }), refusal("INVALID"));
    await assert.rejects(
      f.insert(APP, "c", [{ id: "d" }, { id: "a" }]),
      refusal("CONFLICT", { id: "a" }),
    );
    await assert.rejects(f.update(APP, "c", {}, { $set: { id: "x" } }), refusal("INVALID"));
    assert.deepEqual(await f.find(APP, "c", {}), [{ id: "a", n: 1 }, { id: "b", n: "text" }]);
    const { counted, truth } = f.usage(APP);
    assert.deepEqual(counted, truth);
  }),
);

Deno.test(
  "upsert adds what the query says and the change does, once",
  withDs(async (f) => {
    const upsert = () =>
      f.update(
        APP,
        "c",
        { key: "k", "a.b": { $eq: 1 }, n: { $gt: 5 } },
        { $inc: { hits: 1 } },
        true,
      );
    assert.equal(await upsert(), 1);
    const [{ id, ...made } = {}] = await f.find(APP, "c", {});
    assert.deepEqual(made, { key: "k", a: { b: 1 }, hits: 1 });
    assert.match(String(id), /^[1-9a-z]{16}$/);
    await f.update(APP, "c", { id: "mine" }, { x: 1 }, true);
    await f.update(APP, "c", { id: "mine" }, { y: 2 }, true);
    assert.deepEqual(await f.find(APP, "c", { id: "mine" }), [{ id: "mine", x: 1, y: 2 }]);
  }),
);

Deno.test(
  "fields are chosen, all but some are chosen, and id stays unless it is let go",
  withDs(async (f) => {
    await f.insert(APP, "c", [{ id: "a", x: 1, y: { p: 1, q: 2 }, list: [{ p: 1, q: 2 }, 5] }]);
    const seen = async (fields: unknown) => (await f.find(APP, "c", {}, { fields }))[0];
    assert.deepEqual(await seen(["x", "y.p"]), { id: "a", x: 1, y: { p: 1 } });
    assert.deepEqual(await seen({ "list.p": 1 }), { id: "a", list: [{ p: 1 }] });
    assert.deepEqual(await seen({ y: 0, "list.q": 0 }), { id: "a", x: 1, list: [{ p: 1 }, 5] });
    assert.deepEqual(await seen({ id: 0, x: 1 }), { x: 1 });
    assert.deepEqual(await seen(["id"]), { id: "a" });
    await assert.rejects(seen({ x: 1, y: 0 }), refusal("INVALID"));
  }),
);

Deno.test(
  "an index answers without looking at everything, in order too",
  withDs(async (f) => {
    await fill(f, 3000);
    assert.equal(f.findLong(APP, "c", { n: 2500 }).scanned, 3000);
    await f.ds.index(APP, "c", "n");
    await f.ds.index(APP, "c", "n");
    assert.equal(f.findLong(APP, "c", { n: 2500 }).scanned, 1);
    assert.equal(f.findLong(APP, "c", { n: { $gte: 10, $lt: 20 } }).scanned, 11);
    const newest = f.findLong(APP, "c", {}, { sort: "-n", limit: 5 });
    assert.deepEqual(newest.documents.map(({ n }) => n), [2999, 2998, 2997, 2996, 2995]);
    assert.ok(newest.scanned <= 6, String(newest.scanned));
    assert.equal((await f.find(APP, "c", { n: 7, mod: 7 })).length, 1);
    assert.ok(!f.ran.includes("ds.find"), "a worker was asked");
  }),
);

Deno.test(
  "what is often searched by gets an index by itself, unless that would take too long",
  withDs(async (f) => {
    await fill(f, 1500);
    for (let i = 0; i < 2; i++) await f.find(APP, "c", { mod: 3, text: "t3" }, { sort: "n" });
    f.now += 3_600_001;
    for (let i = 0; i < 2; i++) await f.find(APP, "c", { text: "t3" });
    assert.deepEqual(f.ds.collections(APP)[0]!.indexes, []);
    await f.find(APP, "c", { text: "t3" });
    assert.deepEqual(f.ds.collections(APP)[0]!.indexes, [{ path: "text", automatic: true }]);
    assert.match(f.notes.join(), /Indexed the collection "c" over "text"/);
    await f.ds.index(APP, "c", "text");
    assert.equal(f.ds.collections(APP)[0]!.indexes[0]!.automatic, false);
    const asked = { owner: APP, name: "c", at: 1, collections: 9, automatic: true };
    assert.equal(dsIndex.run(f.db, { ...asked, path: "n", maxDocuments: 1499 }), "large");
    assert.equal(dsIndex.run(f.db, { ...asked, path: "n", maxDocuments: 1500 }), "made");
  }),
);

Deno.test(
  "sixteen indexes are the most; those made by the node give way",
  withDs(async (f) => {
    for (let i = 0; i < 16; i++) await f.ds.index(APP, "c", `p${i}`);
    await f.ds.index(APP, "c", "p0");
    await assert.rejects(f.ds.index(APP, "c", "q"), refusal("QUOTA", { used: 16, max: 16 }));
    f.db.run("UPDATE ds_indexes SET automatic = 1 WHERE path = 'p3'");
    await f.ds.index(APP, "c", "q");
    const paths = f.ds.collections(APP)[0]!.indexes.map(({ path }) => path);
    assert.ok(paths.includes("q") && !paths.includes("p3"));
  }),
);

Deno.test(
  "a search that takes too long says what to index; a change too large says to narrow it",
  withDs(async (f) => {
    await fill(f, 2500);
    f.ran.length = 0;
    await assert.rejects(
      f.delete(APP, "c", { mod: { $gte: 0 } }),
      refusal("TOO_MANY", { limit: "storage.ds.changeDocuments", max: 2000 }),
    );
    assert.deepEqual(f.ran, ["ds.places"]);
    assert.equal(await f.update(APP, "c", { mod: { $lt: 5 } }, { $set: { low: true } }), 1250);
    assert.equal(await f.count(APP, "c", { low: true }), 1250);
  }, { "limits.storage.ds.changeDocuments": 2000 }),
);

Deno.test(
  "a query that exceeds its time is refused with a hint",
  withDs(async (f) => {
    await fill(f, 20_000);
    const slow = { $or: Array.from({ length: 150 }, (_, i) => ({ text: { $regex: `x${i}$` } })) };
    await assert.rejects(f.find(APP, "c", slow), (error: FaztError) => {
      assert.equal(error.code, "QUERY_TIMEOUT");
      assert.match(error.hint!, /index/);
      return true;
    });
  }, { "limits.storage.ds.queryMs": 10 }),
);

Deno.test(
  "quotas name the limit, its value and the use",
  withDs(async (f) => {
    await f.insert(APP, "c", [{}, {}, {}]);
    await assert.rejects(
      f.insert(APP, "c", [{}, {}, {}]),
      refusal("QUOTA", { limit: "storage.ds.perCollection", used: 3, max: 5 }),
    );
    await f.insert(APP, "d", [{}]);
    await assert.rejects(
      f.insert(APP, "e", [{}]),
      refusal("QUOTA", { limit: "storage.ds.collections", used: 2, max: 2 }),
    );
    const large = { text: "x".repeat(1024 * 1024) };
    await assert.rejects(f.insert(APP, "c", [large]), refusal("TOO_LARGE"));
    await f.insert(APP, "c", [{ id: "g", text: "x".repeat(700_000) }]);
    await assert.rejects(
      f.update(APP, "c", { id: "g" }, { more: "y".repeat(700_000) }),
      refusal("TOO_LARGE", { limit: "storage.ds.documentMb" }),
    );
    await assert.rejects(
      f.insert(APP, "d", [{ text: "x".repeat(600_000) }]),
      refusal("QUOTA", { limit: "storage.appMb", max: 1 }),
    );
    assert.deepEqual(f.usage(APP).counted, f.usage(APP).truth);
  }, {
    "limits.storage.ds.perCollection": 5,
    "limits.storage.ds.collections": 2,
    "limits.storage.ds.documentMb": 1,
    "limits.storage.appMb": 1,
  }),
);

Deno.test(
  "a dropped collection is gone at once, and its table after the sweep",
  withDs(async (f) => {
    await fill(f, 2500);
    assert.equal(await f.ds.drop(APP, "c"), true);
    assert.equal(await f.ds.drop(APP, "c"), false);
    assert.deepEqual([f.ds.collections(APP), f.usage(APP).counted], [[], { entries: 0, bytes: 0 }]);
    await f.insert(APP, "c", [{ again: true }]);
    const tables = () =>
      f.db.all<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE name GLOB 'ds_[0-9]*' AND type = 'table'",
      ).length;
    assert.equal(tables(), 2);
    await f.ds.sweep();
    assert.equal(tables(), 1);
    assert.equal(await f.count(APP, "c", {}), 1);
  }),
);

Deno.test(
  "an app that is purged takes its tables with it and no other's",
  withDs(async (f) => {
    const other = ownerOf("app_222222222222");
    await fill(f, 1200);
    await f.insert({ ...APP, userId: "usr_111111111111" }, "c", [{}]);
    await f.insert(other, "c", [{ id: "stays" }]);
    f.db.run(
      "INSERT INTO apps (id, user_id, name, state, created_at, updated_at, removed_at) " +
        "VALUES (?, 'usr_owner', 'gone', 'removed', 1, 1, 1)",
      APP.appId,
    );
    let steps = 0;
    while (purgeStep.run(f.db, { before: 2, limit: 500 })) steps++;
    assert.ok(steps > 3, "in small steps");
    const left = f.db.all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'ds_[0-9]*'",
    );
    assert.equal(left.length, 1);
    assert.deepEqual(f.db.all("SELECT 1 FROM ds_counts WHERE app_id = ?", APP.appId), []);
    assert.deepEqual(await f.find(other, "c", {}), [{ id: "stays" }]);
  }),
);

Deno.test(
  "a place that was found is judged again: whose it is now, and whether it still matches",
  withDs(async (f) => {
    const ada = { ...APP, userId: "usr_111111111111" };
    const bob = { ...APP, userId: "usr_222222222222" };
    await f.insert(ada, "c", [{ id: "x", open: true }]);
    await f.insert(ada, "c", [{ id: "y", open: false }]);
    await f.insert(bob, "c", [{ id: "z", open: true }]);
    const [{ id }] = f.db.all<{ id: number }>("SELECT id FROM ds_collections") as [{ id: number }];
    const places = [
      ...[1, 2, 3, 4].map((seq) => ({ table: `ds_${id}`, seq })),
      { table: "kv", seq: 1 },
    ];
    const limits = { collections: 9, perCollection: 9, documentMb: 1, appMb: 1, shards: 9 };
    const asked = { owner: ada, at: 1, limits, name: "c", max: 10, ms: 10_000, places };
    const query = encoded({ open: true });
    const change = encoded({ $set: { seen: true } });
    assert.equal(dsUpdate.run(f.db, { ...asked, query, change, upsertId: undefined }), 1);
    assert.equal(dsDelete.run(f.db, { ...asked, query }), 1);
    assert.deepEqual(await f.find(ada, "c", {}), [{ id: "y", open: false }]);
    assert.deepEqual(await f.find(bob, "c", {}), [{ id: "z", open: true }]);
  }),
);

Deno.test(
  "a person who drops a collection drops no one else's documents",
  withDs(async (f) => {
    const ada = { ...APP, userId: "usr_111111111111" };
    const bob = { ...APP, userId: "usr_222222222222" };
    for (const owner of [APP, ada, bob]) {
      await f.insert(owner, "c", [{ id: "x", of: owner.userId }]);
    }
    assert.equal(await f.ds.drop(ada, "c"), true);
    assert.deepEqual(await f.find(ada, "c", {}), []);
    assert.equal(await f.ds.drop(APP, "c"), true);
    assert.deepEqual(await f.find(bob, "c", {}), [{ id: "x", of: bob.userId }]);
    assert.deepEqual([f.ds.collections(ada), f.ds.collections(APP)], [[], []]);
  }),
);
