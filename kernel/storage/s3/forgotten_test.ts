import assert from "node:assert/strict";
import { APPS_WRITES } from "../../apps/operations.ts";
import type { AnyOperation } from "../../db/mod.ts";
import { APP, ownerOf, sample, streamOf, withS3 } from "./testing.ts";

const OTHER = ownerOf("app_222222222222");

Deno.test(
  "an app that is forgotten takes its objects and their content with it, and no other's",
  withS3(async (f) => {
    await f.put(APP, "big", streamOf(2_000_000).body);
    await f.put(ownerOf(APP.appId, "usr_111111111111"), "mine", sample(50, 2));
    const shared = sample(60, 3);
    for (const owner of [APP, OTHER]) await f.put(owner, "shared", shared);
    const run = (name: string, params: object) =>
      f.db.write(APPS_WRITES.find((op: AnyOperation) => op.name === name) as AnyOperation, params);
    const app = { id: APP.appId, userId: "usr_owner", name: "box", title: null, admin: true };
    await run("apps.create", { ...app, at: f.now });
    await run("apps.remove", { id: APP.appId, keepData: false, at: f.now - 1 });
    while (await run("apps.purge", { before: f.now, limit: 1 }));
    assert.equal(f.count("objects"), 1);
    assert.deepEqual(await f.get(OTHER, "shared"), shared);
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
    f.now += 2 * 3_600_000;
    await f.vfs.sweep();
    assert.deepEqual([f.count("blobs"), f.count("chunks"), f.count("blob_sources")], [1, 1, 0]);
  }),
);
