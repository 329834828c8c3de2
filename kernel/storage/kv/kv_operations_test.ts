import assert from "node:assert/strict";
import { APP, encoded, ownerOf, refusal, withKv } from "./testing.ts";

Deno.test(
  "a value lives until its time and not a millisecond longer",
  withKv(async (f) => {
    await f.set(APP, "k", "v", 1000);
    f.now += 999;
    assert.equal(f.get(APP, "k"), "v");
    f.now += 1;
    assert.equal(f.kv.get(APP, "k"), undefined);
  }),
);

Deno.test(
  "a fraction of a millisecond is a whole one",
  withKv(async (f) => {
    await f.set(APP, "k", "v", 0.25);
    assert.equal(f.get(APP, "k"), "v");
    f.now += 1;
    assert.equal(f.kv.get(APP, "k"), undefined);
  }),
);

Deno.test(
  "a time to live lies in the future",
  withKv(async (f) => {
    for (const ttlMs of [0, -1, NaN]) {
      await assert.rejects(() => f.set(APP, "k", "v", ttlMs), refusal("INVALID"));
    }
    assert.equal(f.kv.get(APP, "k"), undefined);
  }),
);

Deno.test(
  "what has expired is as good as never written",
  withKv(async (f) => {
    for (const key of ["deleted", "counted", "swapped"]) await f.set(APP, key, 7, 10);
    f.now += 10;
    assert.equal(await f.kv.delete(APP, "deleted"), false);
    assert.equal(await f.kv.increment(APP, "counted", 1), 1);
    const put = { key: "swapped", value: encoded("new") };
    assert.equal(await f.kv.compareAndSet(APP, encoded(7), put), false);
    assert.equal(await f.kv.compareAndSet(APP, undefined, put), true);
    f.now += 1_000_000;
    assert.deepEqual(["deleted", "counted", "swapped"].map((k) => f.get(APP, k)), [
      undefined,
      1,
      "new",
    ]);
  }),
);

Deno.test(
  "the sweep removes what has expired of every app, and only that",
  withKv(async (f) => {
    const other = ownerOf("app_222222222222");
    await f.set(APP, "soon", 1, 10);
    await f.set(other, "soon", 1, 10);
    await f.set(APP, "later", 1, 11);
    await f.set(APP, "never", 1);
    assert.equal(await f.kv.expire(), 0);
    f.now += 10;
    assert.equal(await f.kv.expire(), 2);
    assert.equal(await f.kv.expire(), 0);
    assert.deepEqual(f.truth(other), { entries: 0, bytes: 0 });
    assert.deepEqual([f.get(APP, "later"), f.get(APP, "never")], [1, 1]);
    for (const owner of [APP, other]) assert.deepEqual(f.usage(owner), f.truth(owner));
  }),
);

Deno.test(
  "one sweep removes more than one transaction's worth",
  withKv(async (f) => {
    const put = (i: number) => ({ key: `k${i}`, value: encoded(i), ttlMs: 1 });
    await f.kv.set(APP, Array.from({ length: 1001 }, (_, i) => put(i)));
    f.now += 1;
    assert.equal(await f.kv.expire(), 1001);
    assert.deepEqual(f.usage(APP), { entries: 0, bytes: 0 });
  }),
);

Deno.test(
  "increment starts at zero and adds what it is told",
  withKv(async (f) => {
    assert.equal(await f.kv.increment(APP, "n", 2), 2);
    assert.equal(await f.kv.increment(APP, "n", -5), -3);
    assert.equal(await f.kv.increment(APP, "n", 0.5), -2.5);
    assert.equal(f.get(APP, "n"), -2.5);
  }),
);

Deno.test(
  "increments at the same time are all counted",
  withKv(async (f) => {
    const sums = await Promise.all(Array.from({ length: 200 }, () => f.kv.increment(APP, "n", 1)));
    assert.equal(f.get(APP, "n"), 200);
    assert.equal(new Set(sums).size, 200);
  }),
);

Deno.test(
  "increment keeps the time to live",
  withKv(async (f) => {
    await f.set(APP, "n", 1, 1000);
    f.now += 500;
    await f.kv.increment(APP, "n", 1);
    f.now += 499;
    assert.equal(f.get(APP, "n"), 2);
    f.now += 1;
    assert.equal(f.kv.get(APP, "n"), undefined);
  }),
);

Deno.test(
  "increment leaves alone what it cannot add to",
  withKv(async (f) => {
    for (const other of ["1", true, null, [1], new Date(1)]) {
      await f.set(APP, "other", other);
      await assert.rejects(() => f.kv.increment(APP, "other", 1), refusal("INVALID"));
      assert.deepEqual(f.get(APP, "other"), other);
    }
    await f.set(APP, "large", Number.MAX_VALUE);
    await assert.rejects(
      () => f.kv.increment(APP, "large", Number.MAX_VALUE),
      refusal("INVALID"),
    );
    assert.equal(f.get(APP, "large"), Number.MAX_VALUE);
  }),
);

Deno.test(
  "compare-and-set writes only over what was expected",
  withKv(async (f) => {
    const put = (value: unknown) => ({ key: "k", value: encoded(value) });
    assert.equal(await f.kv.compareAndSet(APP, encoded("a"), put("b")), false);
    assert.equal(f.kv.get(APP, "k"), undefined);
    assert.equal(await f.kv.compareAndSet(APP, undefined, put("a")), true);
    assert.equal(await f.kv.compareAndSet(APP, undefined, put("b")), false);
    assert.equal(await f.kv.compareAndSet(APP, encoded("x"), put("b")), false);
    assert.equal(f.get(APP, "k"), "a");
    assert.equal(await f.kv.compareAndSet(APP, encoded("a"), put("b")), true);
    assert.equal(f.get(APP, "k"), "b");
  }),
);

Deno.test(
  "compare-and-set does not mind in which order an object's keys are",
  withKv(async (f) => {
    const put = { key: "k", value: encoded("swapped") };
    await f.set(APP, "k", { a: 1, b: { c: [{ d: 1, e: 2 }], f: 3 } });
    for (
      const other of [
        { a: 1, b: { c: [{ d: 1, e: 2 }], f: "3" } },
        { a: 1, b: { c: [{ d: 1, e: 2 }, 0], f: 3 } },
        { a: 1, b: { c: [{ d: 1, e: 2 }], f: 3 }, g: null },
      ]
    ) assert.equal(await f.kv.compareAndSet(APP, encoded(other), put), false);
    const same = { b: { f: 3, c: [{ e: 2, d: 1 }] }, a: 1 };
    assert.equal(await f.kv.compareAndSet(APP, encoded(same), put), true);
  }),
);

Deno.test(
  "compare-and-set minds in which order a list is",
  withKv(async (f) => {
    await f.set(APP, "k", [1, 2]);
    const put = { key: "k", value: encoded("swapped") };
    assert.equal(await f.kv.compareAndSet(APP, encoded([2, 1]), put), false);
    assert.equal(await f.kv.compareAndSet(APP, encoded({ 0: 1, 1: 2 }), put), false);
  }),
);

Deno.test(
  "of many that expect the same value one succeeds",
  withKv(async (f) => {
    await f.set(APP, "lock", "free");
    const wins = await Promise.all(
      Array.from(
        { length: 50 },
        (_, i) => f.kv.compareAndSet(APP, encoded("free"), { key: "lock", value: encoded(i) }),
      ),
    );
    assert.equal(wins.filter(Boolean).length, 1);
    assert.equal(f.get(APP, "lock"), wins.indexOf(true));
  }),
);

Deno.test(
  "compare-and-set gives what it writes its own time to live",
  withKv(async (f) => {
    await f.set(APP, "k", "a", 10);
    await f.kv.compareAndSet(APP, encoded("a"), { key: "k", value: encoded("b"), ttlMs: 100 });
    f.now += 99;
    assert.equal(f.get(APP, "k"), "b");
    await f.kv.compareAndSet(APP, encoded("b"), { key: "k", value: encoded("c") });
    f.now += 1000;
    assert.equal(f.get(APP, "k"), "c");
  }),
);
