import assert from "node:assert/strict";
import { APP, encoded, ownerOf, refusal, withKv } from "./testing.ts";

Deno.test(
  "many values are written together or not at all",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 3, f.now);
    await f.set(APP, "a", "before");
    const puts = ["a", "b", "c", "d"].map((key) => ({ key, value: encoded("after") }));
    await assert.rejects(
      () => f.kv.set(APP, puts),
      refusal("QUOTA", { limit: "storage.kv.keys", used: 3, max: 3 }),
    );
    assert.deepEqual(["a", "b", "c", "d"].map((key) => f.get(APP, key)), [
      "before",
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(f.usage(APP), f.truth(APP));
    await f.kv.set(APP, puts.slice(0, 3));
    assert.deepEqual(f.usage(APP).entries, 3);
  }),
);

Deno.test(
  "a full app may still replace and delete",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 2, f.now);
    await f.set(APP, "a", 1);
    await f.set(APP, "b", 1);
    const full = refusal("QUOTA", { limit: "storage.kv.keys", used: 2, max: 2 });
    await assert.rejects(() => f.set(APP, "c", 1), full);
    await assert.rejects(() => f.kv.increment(APP, "c", 1), full);
    await assert.rejects(
      () => f.kv.compareAndSet(APP, undefined, { key: "c", value: encoded(1) }),
      full,
    );
    await f.set(APP, "a", 2);
    assert.equal(await f.kv.increment(APP, "b", 1), 2);
    await f.kv.delete(APP, "a");
    await f.set(APP, "c", 1);
    assert.equal(f.get(APP, "c"), 1);
  }),
);

Deno.test(
  "a full app leaves the next one its room",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 1, f.now);
    await f.set(APP, "a", 1);
    await f.set(ownerOf("app_222222222222"), "a", 1);
    await assert.rejects(
      () => f.set({ ...APP, userId: "usr_somebody" }, "b", 1),
      refusal("QUOTA", { limit: "storage.kv.keys", used: 1, max: 1 }),
    );
  }),
);

Deno.test(
  "a refusal names the setting that would allow it",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keys", 1, f.now);
    await f.set(APP, "a", 1);
    await assert.rejects(() => f.set(APP, "b", 1), {
      message: "Cannot store more: storage.kv.keys is 1, in use 1",
      hint: "the owner can raise it: fazt config set limits.storage.kv.keys <value>",
    });
  }),
);
