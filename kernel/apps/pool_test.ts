import assert from "node:assert/strict";
import { inPool, KeyedLock } from "./pool.ts";

Deno.test("a pool does everything, at most so many at once", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await inPool([...Array(20).keys()], 3, async (n) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    done.push(n);
  });
  assert.deepEqual([done.length, most], [20, 3]);
});

Deno.test("a failure ends a pool once what runs has ended", async () => {
  const started: number[] = [];
  let running = 0;
  const work = async (n: number) => {
    started.push(n);
    running++;
    await Promise.resolve();
    running--;
    if (n === 1) throw new Error("one");
  };
  await assert.rejects(() => inPool([...Array(50).keys()], 2, work), /one/);
  assert.equal(running, 0);
  assert.ok(started.length < 10);
});

Deno.test("one key is worked on in order, another at the same time", async () => {
  const lock = new KeyedLock();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const first = lock.run("a", async () => {
    await gate.promise;
    seen.push("a1");
    throw new Error("fails");
  });
  const second = lock.run("a", () => Promise.resolve(seen.push("a2")));
  await lock.run("b", () => Promise.resolve(seen.push("b")));
  gate.resolve();
  await assert.rejects(first, /fails/);
  await second;
  assert.deepEqual(seen, ["b", "a1", "a2"]);
});
