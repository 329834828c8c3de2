import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteLru } from "./byte_lru.ts";

Deno.test("the limit is bytes, however many entries they are", () => {
  const lru = new ByteLru<number>(10);
  for (let i = 0; i < 10; i++) lru.set(`k${i}`, i, 1);
  assert.deepEqual([lru.size, lru.used], [10, 10]);
  lru.set("large", 0, 9);
  assert.deepEqual([lru.size, lru.used], [2, 10]);
  assert.deepEqual([lru.get("k8"), lru.get("k9"), lru.get("large")], [undefined, 9, 0]);
});

Deno.test("what was used last stays longest", () => {
  const lru = new ByteLru<string>(3);
  for (const key of ["a", "b", "c"]) lru.set(key, key, 1);
  lru.get("a");
  lru.set("d", "d", 1);
  assert.deepEqual(["a", "b", "c", "d"].map((key) => lru.get(key)), ["a", undefined, "c", "d"]);
});

Deno.test("a value larger than everything is not kept and drives nothing out", () => {
  const lru = new ByteLru<string>(10);
  lru.set("a", "a", 4);
  lru.set("huge", "huge", 11);
  assert.deepEqual([lru.get("a"), lru.get("huge"), lru.used], ["a", undefined, 4]);
  lru.set("all", "all", 10);
  assert.deepEqual([lru.get("a"), lru.get("all"), lru.used], [undefined, "all", 10]);
});

Deno.test("a value that has grown too large does not leave its old self behind", () => {
  const lru = new ByteLru<string>(10);
  lru.set("a", "old", 4);
  lru.set("a", "new", 11);
  assert.deepEqual([lru.get("a"), lru.used], [undefined, 0]);
});

Deno.test("replacing counts the new bytes only", () => {
  const lru = new ByteLru<string>(10);
  lru.set("a", "old", 4);
  lru.set("a", "new", 7);
  assert.deepEqual([lru.get("a"), lru.used, lru.size], ["new", 7, 1]);
});

Deno.test("a smaller limit evicts at once, oldest first", () => {
  const lru = new ByteLru<string>(10);
  for (const key of ["a", "b", "c"]) lru.set(key, key, 3);
  lru.resize(6);
  assert.deepEqual([lru.get("a"), lru.get("b"), lru.used], [undefined, "b", 6]);
  lru.resize(100);
  lru.set("d", "d", 90);
  assert.equal(lru.used, 96);
});

Deno.test("deleting and clearing give the bytes back", () => {
  const lru = new ByteLru<string>(10);
  lru.set("a", "a", 3);
  lru.set("b", "b", 4);
  lru.delete("a");
  lru.delete("a");
  assert.deepEqual([lru.get("a"), lru.used], [undefined, 4]);
  lru.clear();
  assert.deepEqual([lru.get("b"), lru.used, lru.size], [undefined, 0, 0]);
});

Deno.test("a limit of nothing keeps nothing", () => {
  const lru = new ByteLru<string>(0);
  lru.set("a", "a", 1);
  assert.equal(lru.size, 0);
});

Deno.test("whatever happens, what is held is within the limit and what is counted", () => {
  const step = fc.oneof(
    fc.tuple(fc.constant("set" as const), fc.nat(5), fc.nat(30)),
    fc.tuple(fc.constant("get" as const), fc.nat(5), fc.constant(0)),
    fc.tuple(fc.constant("delete" as const), fc.nat(5), fc.constant(0)),
    fc.tuple(fc.constant("resize" as const), fc.nat(40), fc.constant(0)),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const lru = new ByteLru<number>(25);
    let limit = 25;
    for (const [what, n, bytes] of steps) {
      if (what === "resize") lru.resize(limit = n);
      else if (what === "set") lru.set(`${n}`, bytes, bytes);
      else lru[what](`${n}`);
      const held = [0, 1, 2, 3, 4, 5].map((k) => lru.get(`${k}`)).filter((v) => v !== undefined);
      assert.equal(held.reduce((sum, v) => sum + v, 0), lru.used);
      assert.equal(held.length, lru.size);
      assert.ok(lru.used <= limit);
    }
  }));
});
