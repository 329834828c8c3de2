import assert from "node:assert/strict";
import { purgeStep } from "../../apps/purge_operations.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { dsRestoreBegin } from "./archive_operations.ts";
import { findRubbish } from "../../fs/operations.ts";
import { usageOf } from "../usage.ts";
import { dsPlaces } from "./read_operations.ts";
import { dsDelete } from "./write_operations.ts";
import { APP, type DsFixture, encoded, ownerOf, withDs } from "./testing/fixture.ts";

const DAY = 86_400_000;
const refusal = (code: string) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};
/** `days` days of `each` documents, the last of them now. */
async function fill(f: DsFixture, days: number, each = 10) {
  for (let day = 0; day < days; day++) {
    const at = new Date(f.now - (days - 1 - day) * DAY);
    await f.insert(APP, "c", Array.from({ length: each }, (_, i) => ({ at, day, n: i })));
  }
}
const declare = (f: DsFixture, more: object = {}) =>
  f.ds.shards.declare(APP, "c", { by: "day", path: "at", ...more });
const shardTables = (f: DsFixture) =>
  f.db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'ds_s[0-9]*'",
  ).length;
/** What the quota counts is what there is. */
function assertBooked(f: DsFixture, archived = 0) {
  const { counted, truth } = f.usage(APP);
  const { entries, bytes } = truth as { entries: number; bytes: number };
  assert.deepEqual(counted, { entries, bytes: bytes + archived });
}

Deno.test(
  "documents go to the shard of their prefix and time, and searches by these look nowhere else",
  withDs(async (f) => {
    await declare(f, { prefix: "device" });
    const at = (hour: number) => new Date(f.now + hour * 3_600_000);
    await f.insert(APP, "c", [
      { at: at(0), device: "pump/1" },
      { at: at(0), device: "pump/2" },
      { at: at(30), device: "pump/1" },
      { at: at(30).getTime(), device: "fan/1" },
      { at: "yesterday", device: "fan/1" },
    ]);
    const shards = f.ds.shards.list(APP, "c");
    assert.deepEqual(shards.map(({ prefix, documents, state }) => [prefix, documents, state]), [
      ["pump", 2, "open"],
      ["fan", 1, "open"],
      ["pump", 1, "open"],
    ]);
    const scanned = (query: object) => f.findLong(APP, "c", query).scanned;
    // What has no time is looked at always.
    assert.equal(scanned({}), 5);
    assert.equal(scanned({ at: { $gte: at(24) } }), 3);
    assert.equal(scanned({ at: { $lt: at(12) }, device: "pump/2" }), 3);
    assert.equal(scanned({ device: { $in: ["fan/1", "fan/2"] } }), 2);
    assert.equal(scanned({ at: at(0) }), 3);
    // A shard begins with its first moment and ends before the next one's.
    const [{ from, to } = { from: 0, to: 0 }] = shards;
    await f.insert(APP, "c", [{ at: from, device: "pump/3" }, { at: to - 1, device: "pump/3" }]);
    assert.equal(f.ds.shards.list(APP, "c")[0]!.documents, 4);
    assert.equal(await f.count(APP, "c", { at: from, device: "pump/3" }), 1);
    assert.equal(await f.count(APP, "c", { at: { $lte: from }, device: "pump/3" }), 1);
    assert.equal(await f.count(APP, "c", { at: { $gte: to - 1, $lt: to } }), 1);
  }),
);

Deno.test(
  "a document whose time changes moves to the shard of it, and keeps its id and place",
  withDs(async (f) => {
    await declare(f);
    await f.insert(APP, "c", [{ id: "a", at: new Date(f.now) }, { id: "b", at: f.now }]);
    assert.equal(await f.update(APP, "c", { id: "a" }, { at: f.now + 3 * DAY }), 1);
    const found = f.ds.shards.list(APP, "c").map(({ documents }) => documents);
    assert.deepEqual(found, [1, 1]);
    assert.deepEqual((await f.find(APP, "c", {})).map(({ id }) => id), ["a", "b"]);
    const again = [{ id: "a", at: f.now }];
    await assert.rejects(f.insert(APP, "c", again), refusal("CONFLICT"));
    assertBooked(f);
  }),
);

Deno.test(
  "a document that moves between being found and being changed is changed",
  withDs(async (f) => {
    await declare(f);
    await f.insert(APP, "c", [{ id: "a", at: f.now, n: 1 }]);
    const asked = { owner: APP, name: "c", query: encoded({ n: 1 }), ms: 10_000 };
    const places = dsPlaces.run(f.db, { ...asked, limit: 10 }).result;
    await f.update(APP, "c", { id: "a" }, { at: f.now + 3 * DAY });
    const limits = { collections: 9, perCollection: 9, documentMb: 1, appMb: 1, shards: 9 };
    assert.equal(dsDelete.run(f.db, { ...asked, places, max: 9, at: f.now, limits }), 1);
    assert.equal(await f.count(APP, "c", {}), 0);
    assertBooked(f);
  }),
);

Deno.test(
  "the documents a collection has when it is split are sorted into shards",
  withDs(async (f) => {
    await fill(f, 3);
    await f.ds.index(APP, "c", "n");
    const before = await f.find(APP, "c", {});
    await declare(f);
    await f.ds.sweep();
    assert.deepEqual(f.ds.shards.list(APP, "c").map(({ documents }) => documents), [10, 10, 10]);
    assert.deepEqual(await f.find(APP, "c", {}), before);
    assert.equal(f.findLong(APP, "c", { n: 3 }).scanned, 3);
    assertBooked(f);
  }),
);

Deno.test(
  "shards older than what is kept go with all their documents, and are no longer counted",
  withDs(async (f) => {
    await declare(f, { keep: "3d" });
    await fill(f, 6);
    assert.equal(shardTables(f), 6);
    await f.ds.sweep();
    const days = () => f.find(APP, "c", {}).then((all) => new Set(all.map(({ day }) => day)));
    assert.deepEqual(await days(), new Set([2, 3, 4, 5]));
    assert.equal(shardTables(f), 4);
    assert.equal(await f.count(APP, "c", {}), 40);
    assertBooked(f);
    f.now += 10 * DAY;
    await f.ds.sweep();
    assert.equal(shardTables(f), 0);
    assert.equal(await f.count(APP, "c", {}), 0);
    assertBooked(f);
    // Asked again with another age it is another age.
    await declare(f, { keep: "100d" });
    await fill(f, 6);
    await f.ds.sweep();
    assert.equal(await f.count(APP, "c", {}), 60);
  }),
);

Deno.test(
  "an archived shard is found where archives are asked for, and comes back as it was",
  withDs(async (f) => {
    await f.ds.index(APP, "c", "n");
    await declare(f, { archiveAfter: "2d", keep: "30d" });
    await fill(f, 4, 700);
    const before = await f.find(APP, "c", { day: 1 }, { limit: 1000 });
    f.now += 2 * DAY;
    const due = f.now - 4 * DAY;
    // A shard that was changed not long ago waits.
    await f.update(APP, "c", { day: 0, n: 1 }, { late: true });
    await f.ds.sweep();
    assert.deepEqual(
      f.ds.shards.list(APP, "c").map(({ state }) => state),
      [
        "open",
        "archived",
        "archived",
        "open",
      ].map((state, i) => i === 0 ? "open" : state),
    );
    const archive = f.ds.shards.list(APP, "c").filter(({ state }) => state === "archived");
    const stored = archive.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    assert.ok(stored > 0 && stored < archive.reduce((sum, { bytes }) => sum + bytes, 0) / 3);
    assert.equal(shardTables(f), 2);
    assertBooked(f, stored);
    assert.deepEqual(await f.find(APP, "c", { day: 1 }), []);
    const asked = { archived: true, limit: 1000 };
    assert.deepEqual(await f.find(APP, "c", { day: 1 }, asked), before);
    const narrow = { day: { $in: [1, 2] }, at: { $lt: new Date(due + DAY) }, n: { $lt: 2 } };
    assert.deepEqual(
      (await f.find(APP, "c", narrow, { ...asked, sort: "-n", skip: 1, fields: ["n"] }))
        .map(({ n }) => n),
      [0],
    );
    // An hour later still nothing takes the blobs.
    assert.deepEqual(findRubbish.run(f.db, { before: f.now + DAY, limit: 10 }).blobs, []);

    assert.equal(await f.ds.shards.restore(APP, "c", archive[0]!.id), 700);
    assert.deepEqual(await f.find(APP, "c", { day: 1 }, { limit: 1000 }), before);
    assert.equal(f.findLong(APP, "c", { n: 3, day: 1 }).documents.length, 1);
    assert.equal(f.ds.shards.list(APP, "c")[1]!.state, "open");
    assertBooked(f, archive[1]!.storedBytes);
    await assert.rejects(f.ds.shards.restore(APP, "c", archive[0]!.id), refusal("NOT_FOUND"));
    // Both archives and shards go when their time is over.
    f.now += 60 * DAY;
    await f.ds.sweep();
    assert.deepEqual(f.ds.shards.list(APP, "c"), []);
    assertBooked(f);
    assert.equal(findRubbish.run(f.db, { before: f.now + 1, limit: 10 }).blobs.length, 2);
  }),
);

Deno.test(
  "an archive with an id that another document has by now stays an archive",
  withDs(async (f) => {
    await declare(f, { archiveAfter: "1d" });
    await f.insert(APP, "c", [{ id: "a", at: f.now - 5 * DAY }]);
    f.now += 2 * DAY;
    await f.ds.sweep();
    await f.insert(APP, "c", [{ id: "a", at: f.now }]);
    const [{ id } = { id: 0 }] = f.ds.shards.list(APP, "c");
    await assert.rejects(f.ds.shards.restore(APP, "c", id), refusal("CONFLICT"));
    assert.equal(f.ds.shards.list(APP, "c")[0]!.state, "archived");
    await f.ds.sweep();
    assert.equal(shardTables(f), 1);
    await f.delete(APP, "c", {});
    assert.equal(await f.ds.shards.restore(APP, "c", id), 1);
    assertBooked(f);
  }),
);

Deno.test(
  "a restore that the end of the node cut off leaves the archive, which can be restored again",
  withDs(async (f) => {
    await declare(f, { archiveAfter: "1d" });
    await f.insert(APP, "c", [{ id: "a", at: f.now - 5 * DAY }]);
    f.now += 2 * DAY;
    await f.ds.sweep();
    const [{ id } = { id: 0 }] = f.ds.shards.list(APP, "c");
    assert.equal(dsRestoreBegin.run(f.db, { id, at: f.now }), true);
    assert.equal(f.ds.shards.list(APP, "c")[0]!.state, "restoring");
    assert.equal(await f.count(APP, "c", {}), 0);
    assert.equal((await f.find(APP, "c", {}, { archived: true })).length, 1);
    await f.ds.sweep();
    assert.equal(f.ds.shards.list(APP, "c")[0]!.state, "archived");
    assert.equal(shardTables(f), 0);
    assert.equal(await f.ds.shards.restore(APP, "c", id), 1);
    assert.deepEqual((await f.find(APP, "c", {})).map((one) => one.id), ["a"]);
    assertBooked(f);
  }),
);

Deno.test(
  "an app has so many shards and no more, and its split collections so many documents as there is room",
  withDs(async (f) => {
    await declare(f);
    await fill(f, 3, 5);
    await assert.rejects(
      f.insert(APP, "c", [{ at: f.now }, { at: f.now + DAY }]),
      (error) => {
        assert.deepEqual((error as FaztError).details, {
          limit: "storage.ds.shards",
          used: 3,
          max: 3,
        });
        return refusal("QUOTA")(error);
      },
    );
    assert.equal(await f.count(APP, "c", {}), 15);
    assertBooked(f);
  }, { "limits.storage.ds.shards": 3, "limits.storage.ds.perCollection": 5 }),
);

Deno.test(
  "how a collection is split stays, and only what can be is taken",
  withDs(async (f) => {
    await declare(f);
    await assert.rejects(declare(f, { by: "hour" }), refusal("CONFLICT"));
    await assert.rejects(declare(f, { prefix: "x" }), refusal("CONFLICT"));
    for (
      const wrong of [
        { by: "week" },
        { keep: "1s" },
        { keep: -1 },
        { path: "id" },
        { path: "a.0" },
        { keep: "2d", archiveAfter: "3d" },
      ]
    ) await assert.rejects(declare(f, wrong), refusal("INVALID"), JSON.stringify(wrong));
    const person = { ...APP, userId: "usr_111111111111" };
    await assert.rejects(f.ds.shards.declare(person, "c", { by: "day" }), refusal("INVALID"));
  }),
);

Deno.test(
  "dropping a collection and removing an app take their shards, and leave those of others",
  withDs(async (f) => {
    const other = ownerOf("app_222222222222");
    await f.ds.shards.declare(other, "c", { by: "day", archiveAfter: "1d" });
    await f.insert(other, "c", [{ n: 1 }]);
    await declare(f, { archiveAfter: "2d" });
    await fill(f, 5);
    await f.ds.sweep();
    assert.equal(await f.ds.drop(APP, "c"), true);
    assert.deepEqual({ ...usageOf(f.db, APP.appId, "ds") }, { entries: 0, bytes: 0 });
    await f.ds.sweep();
    assert.equal(shardTables(f), 1);
    assert.deepEqual(f.ds.shards.list(APP, "c"), []);
    assert.equal(await f.count(other, "c", {}), 1);

    await declare(f, { archiveAfter: "2d" });
    await fill(f, 5);
    await f.ds.sweep();
    f.db.run(
      "INSERT INTO apps (id, user_id, name, state, created_at, updated_at, removed_at) " +
        "VALUES (?, 'usr_owner', 'gone', 'removed', 1, 1, 1)",
      APP.appId,
    );
    while (purgeStep.run(f.db, { before: 2, limit: 7 }));
    assert.equal(shardTables(f), 1);
    assert.deepEqual(
      f.db.all<{ app_id: string }>(
        "SELECT app_id FROM ds_shards UNION SELECT app_id FROM ds_shardings",
      ).map((row) => row.app_id),
      [other.appId],
    );
    assert.equal(await f.count(other, "c", {}), 1);
  }),
);
