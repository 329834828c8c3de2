import assert from "node:assert/strict";
import { TokenBuckets } from "./token_bucket.ts";

const RATE = { perSecond: 10, burst: 20 };

Deno.test("a burst is let through, then the rate", () => {
  let now = 0;
  const buckets = new TokenBuckets(() => now);
  const takeAll = () => {
    let n = 0;
    while (buckets.take("a", RATE).allowed) n++;
    return n;
  };
  assert.equal(takeAll(), 20);
  now += 500;
  assert.equal(takeAll(), 5);
  now += 60_000;
  assert.equal(takeAll(), 20);
});

Deno.test("each key has its own bucket", () => {
  const buckets = new TokenBuckets(() => 0);
  for (let i = 0; i < 20; i++) buckets.take("a", RATE);
  assert.equal(buckets.take("a", RATE).allowed, false);
  assert.equal(buckets.take("b", RATE).allowed, true);
});

Deno.test("a refusal says when to come back", () => {
  const buckets = new TokenBuckets(() => 0);
  for (let i = 0; i < 20; i++) buckets.take("a", RATE);
  assert.deepEqual(buckets.take("a", { ...RATE, cost: 15 }), {
    allowed: false,
    limit: 20,
    remaining: 0,
    resetSeconds: 2,
  });
});

Deno.test("a clock that jumps back gives nothing and takes nothing", () => {
  let now = 1_000_000;
  const buckets = new TokenBuckets(() => now);
  for (let i = 0; i < 20; i++) buckets.take("a", RATE);
  now = 0;
  assert.equal(buckets.take("a", RATE).allowed, false);
  now = 100;
  assert.equal(buckets.take("a", RATE).allowed, true);
});

Deno.test("a raised or lowered limit holds at once", () => {
  let now = 0;
  const buckets = new TokenBuckets(() => now);
  const takeAll = (burst: number) => {
    let n = 0;
    while (buckets.take("a", { perSecond: burst, burst }).allowed) n++;
    return n;
  };
  buckets.take("a", { perSecond: 100, burst: 100 });
  assert.equal(takeAll(10), 10);
  now += 1000;
  assert.equal(takeAll(50), 50);
});

Deno.test("a full table forgets the fullest first, whatever their rate", () => {
  let now = 0;
  const buckets = new TokenBuckets(() => now, 4);
  const daily = { perSecond: 1 / 86_400, burst: 1 };
  assert.equal(buckets.take("daily", daily).allowed, true);
  for (const key of ["a", "b", "c"]) buckets.take(key, RATE);
  now += 1000;
  for (const key of ["d", "e", "f", "g", "h"]) buckets.take(key, RATE);
  assert.equal(buckets.take("daily", daily).allowed, false);
  now += 1000;
  for (let i = 0; i < 100; i++) {
    buckets.take(`${i}`, RATE);
    assert.ok(buckets.size <= 4);
  }
});
