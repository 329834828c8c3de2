import assert from "node:assert/strict";
import { backoffMs, MAX_BACKOFF_MS } from "./backoff.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

Deno.test("the wait doubles from a minute to 30 days", () => {
  assert.deepEqual([1, 2, 3, 11].map((failures) => backoffMs({ failures }) / MINUTE_MS), [
    1,
    2,
    4,
    1024,
  ]);
  assert.equal(backoffMs({ failures: 100 }), MAX_BACKOFF_MS);
  assert.equal(MAX_BACKOFF_MS, 30 * DAY_MS);
});

Deno.test("a certificate that ends is tried for again while there is time", () => {
  assert.equal(backoffMs({ failures: 30, leftMs: 8 * DAY_MS }), 2 * DAY_MS);
  assert.equal(backoffMs({ failures: 30, leftMs: HOUR_MS }), HOUR_MS);
});

Deno.test("what an authority asks for is kept, up to 30 days", () => {
  assert.equal(backoffMs({ failures: 1, retryAfterMs: 3 * HOUR_MS, leftMs: HOUR_MS }), 3 * HOUR_MS);
  assert.equal(backoffMs({ failures: 1, retryAfterMs: 90 * DAY_MS }), MAX_BACKOFF_MS);
});
