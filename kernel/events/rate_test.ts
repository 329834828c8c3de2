import assert from "node:assert/strict";
import { RateLimiter } from "./rate.ts";

const takeAll = (limiter: RateLimiter, key: string, perSecond: number) => {
  let taken = 0;
  while (taken < 1000 && limiter.take(key, perSecond)) taken++;
  return taken;
};

Deno.test("a second's worth at once, then as many as time gives back", () => {
  let now = 1000;
  const limiter = new RateLimiter(() => now);
  assert.equal(takeAll(limiter, "a", 10), 10);
  now += 350;
  assert.equal(takeAll(limiter, "a", 10), 3);
  now += 60_000;
  assert.equal(takeAll(limiter, "a", 10), 10, "quiet minutes are not saved up");
  assert.equal(takeAll(limiter, "b", 10), 10, "others have their own");
});

Deno.test("a clock set back neither gives nor takes", () => {
  let now = 100_000;
  const limiter = new RateLimiter(() => now);
  takeAll(limiter, "a", 10);
  now = 0;
  assert.equal(limiter.take("a", 10), false);
  now = 200;
  assert.equal(takeAll(limiter, "a", 10), 2);
});

Deno.test("a raised or lowered limit holds at once", () => {
  const limiter = new RateLimiter(() => 0);
  limiter.take("a", 100);
  assert.equal(takeAll(limiter, "a", 5), 5);
});
