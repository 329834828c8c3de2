import assert from "node:assert/strict";
import { Slots } from "./slots.ts";

const slots = (change: Partial<ConstructorParameters<typeof Slots>[0]> = {}) =>
  new Slots({ perOwner: 2, total: 3, waitMs: 10_000, maxWaiting: 2, ...change });

Deno.test("an owner has two places, and all together have three", async () => {
  const all = slots({ waitMs: 5 });
  assert.ok(await all.take("a"));
  const second = await all.take("a");
  assert.equal(await all.take("a"), undefined);
  assert.ok(await all.take("b"));
  assert.equal(await all.take("c"), undefined);
  second!.finish();
  assert.equal(await all.take("a"), undefined, "what has not ended keeps its owner's place");
  assert.ok(await all.take("c"), "but not that of the others");
});

Deno.test("who waits gets the place that becomes free, oldest first", async () => {
  const all = slots();
  const [first] = [await all.take("a"), await all.take("a")];
  const order: string[] = [];
  const waiting = ["one", "two"].map((name) =>
    all.take("a").then((slot) => {
      order.push(name);
      slot!.finish();
      slot!.end();
    })
  );
  assert.equal(await all.take("a"), undefined, "no more than two wait");
  first!.finish();
  first!.end();
  await Promise.all(waiting);
  assert.deepEqual(order, ["one", "two"]);
});

Deno.test("a place given back twice is one place", async () => {
  const all = slots({ waitMs: 5 });
  const [first] = [await all.take("a"), await all.take("a")];
  for (let i = 0; i < 3; i++) {
    first!.finish();
    first!.end();
  }
  assert.ok(await all.take("a"));
  assert.equal(await all.take("a"), undefined);
});
