import assert from "node:assert/strict";
import fc from "fast-check";
import { RateWindows, WINDOW_MS } from "./rate.ts";

const START = 1_800_000_000_000;

Deno.test("as many as allowed go in a minute, then none", () => {
  const rate = new RateWindows();
  for (let i = 0; i < 5; i++) assert.ok(rate.take("a", 5, START + i).ok);
  const answer = rate.take("a", 5, START + 10);
  assert.equal(answer.ok, false);
  assert.equal(answer.used, 5);
  assert.ok(rate.take("b", 5, START + 10).ok);
});

Deno.test("who waits as long as told may go", () => {
  const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(times, fc.integer({ min: 1, max: 8 }), (gaps, max) => {
    const rate = new RateWindows();
    let now = START;
    for (const gap of gaps) {
      now += gap;
      const answer = rate.take("a", max, now);
      if (answer.ok) continue;
      now += answer.retryAfterMs;
      assert.ok(rate.take("a", max, now).ok);
    }
  }));
});

Deno.test("a burst at the end of a minute leaves no room for another", () => {
  const rate = new RateWindows();
  for (let i = 0; i < 10; i++) rate.take("a", 10, START + WINDOW_MS - 1);
  assert.equal(rate.take("a", 10, START + WINDOW_MS).ok, false);
  assert.ok(rate.take("a", 10, START + 2 * WINDOW_MS).ok);
});

Deno.test("what is given back is there again, and a jumping clock locks nobody out", () => {
  const rate = new RateWindows();
  rate.take("a", 1, START);
  rate.giveBack("a", START);
  assert.ok(rate.take("a", 1, START).ok);
  assert.equal(rate.take("a", 1, START).ok, false);
  assert.ok(rate.take("a", 1, START - 10 * WINDOW_MS).ok);
  assert.equal(rate.used("a", START - 10 * WINDOW_MS), 1);
  assert.equal(rate.used("nobody", START), 0);
});
