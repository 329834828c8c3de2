import assert from "node:assert/strict";
import { APP, encoded, refusal, withKv } from "./testing.ts";

Deno.test(
  "a value comes back as it was written, and nothing for a key never written",
  withKv(async (f) => {
    await f.set(APP, "greeting", { text: "hello", at: new Date(5) });
    assert.deepEqual(f.get(APP, "greeting"), { text: "hello", at: new Date(5) });
    assert.equal(f.kv.get(APP, "greetings"), undefined);
  }),
);

Deno.test(
  "writing again replaces value and time to live",
  withKv(async (f) => {
    await f.set(APP, "k", "old", 1000);
    await f.set(APP, "k", "new");
    f.now += 5000;
    assert.equal(f.get(APP, "k"), "new");
  }),
);

Deno.test(
  "delete tells whether there was something to delete",
  withKv(async (f) => {
    await f.set(APP, "k", 1);
    assert.equal(await f.kv.delete(APP, "k"), true);
    assert.equal(await f.kv.delete(APP, "k"), false);
    assert.equal(f.kv.get(APP, "k"), undefined);
  }),
);

Deno.test(
  "one key may hold other bytes than another that looks alike",
  withKv(async (f) => {
    // The same two letters composed, decomposed, and in another case.
    const keys = ["\u00e9A", "e\u0301A", "\u00e9a"];
    for (const [i, key] of keys.entries()) await f.set(APP, key, i);
    assert.deepEqual(keys.map((key) => f.get(APP, key)), [0, 1, 2]);
  }),
);

Deno.test(
  "a key must be text of one byte or more",
  withKv(async (f) => {
    for (const key of ["", "a\0b", "\ud800"]) {
      assert.throws(() => f.kv.get(APP, key), refusal("INVALID"));
      await assert.rejects(() => f.set(APP, key, 1), refusal("INVALID"));
      await assert.rejects(async () => await f.kv.delete(APP, key), refusal("INVALID"));
      await assert.rejects(async () => await f.kv.increment(APP, key, 1), refusal("INVALID"));
    }
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
  }),
);

Deno.test(
  "the limit of a key counts UTF-8 bytes",
  withKv(async (f) => {
    await f.settings.set("limits.storage.kv.keyBytes", 9, f.now);
    await f.set(APP, "\u20ac".repeat(3), 1);
    await assert.rejects(
      () => f.set(APP, "\u20ac".repeat(3) + "x", 1),
      refusal("TOO_LARGE", { limit: "storage.kv.keyBytes", used: 10, max: 9 }),
    );
  }),
);

Deno.test(
  "the limit of a value counts UTF-8 bytes",
  withKv(async (f) => {
    const max = 1024 * 1024;
    const put = (value: string) => f.kv.set(APP, [{ key: "k", value }]);
    await put("\u20ac".repeat(Math.floor(max / 3)) + "x");
    await assert.rejects(
      () => put("\u20ac".repeat(Math.floor(max / 3) + 1)),
      refusal("TOO_LARGE", { limit: "storage.kv.valueMb", used: max + 2, max }),
    );
    await assert.rejects(
      async () =>
        await f.kv.compareAndSet(APP, undefined, { key: "k", value: "x".repeat(max + 1) }),
      refusal("TOO_LARGE", { limit: "storage.kv.valueMb", used: max + 1, max }),
    );
  }),
);

Deno.test(
  "one bad entry keeps all the others out",
  withKv(async (f) => {
    const good = { key: "good", value: encoded(1) };
    await assert.rejects(() => f.kv.set(APP, [good, { ...good, key: "" }]), refusal("INVALID"));
    await assert.rejects(() => f.kv.set(APP, [good, { ...good, ttlMs: 0 }]), refusal("INVALID"));
    assert.equal(f.kv.get(APP, "good"), undefined);
  }),
);
