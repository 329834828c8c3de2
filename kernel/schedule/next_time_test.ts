import assert from "node:assert/strict";
import fc from "fast-check";
import { closestTimes, lastTime, nextTime, recurrenceFault } from "./next_time.ts";

/** The next `count` times as ISO texts. */
function times(schedule: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(from);
  while (found.length < count) {
    at = nextTime({ schedule, timezone }, at)!;
    found.push(new Date(at).toISOString().slice(5, 16));
  }
  return found;
}

Deno.test("a time in the hour that summer time leaves out runs right after it", () => {
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00Z", 3), [
    "03-28T01:30",
    "03-29T01:00",
    "03-30T00:30",
  ]);
  assert.deepEqual(times("30 2,14 * * *", "America/New_York", "2026-03-08T05:00Z", 3), [
    "03-08T07:00",
    "03-08T18:30",
    "03-09T06:30",
  ]);
});

Deno.test("a time in the hour that comes twice runs once, the first time", () => {
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2), [
    "10-25T00:30",
    "10-26T01:30",
  ]);
  assert.deepEqual(times("0,30 1-2 * * *", "America/New_York", "2026-11-01T04:00Z", 5), [
    "11-01T05:00",
    "11-01T05:30",
    "11-01T07:00",
    "11-01T07:30",
    "11-02T06:00",
  ]);
});

Deno.test("a step or a star follows the time that passes, through both changes", () => {
  assert.deepEqual(times("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:20Z", 4), [
    "03-29T00:30",
    "03-29T01:00",
    "03-29T01:30",
    "03-29T02:00",
  ]);
  assert.deepEqual(times("0 * * * *", "America/New_York", "2026-11-01T04:30Z", 4), [
    "11-01T05:00",
    "11-01T06:00",
    "11-01T07:00",
    "11-01T08:00",
  ]);
});

Deno.test("the last time is the one after which the next one follows", () => {
  const schedules = ["* * * * *", "*/20 * * * *", "30 2 * * *", "0 2,3 * * mon", "0 0 29 2 *"];
  const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
  const start = Date.parse("2026-01-01T00:00Z");
  fc.assert(
    fc.property(
      fc.constantFrom(...schedules),
      fc.constantFrom(...zones),
      fc.integer({ min: start, max: start + 730 * 86_400_000 }),
      (schedule, timezone, at) => {
        const when = { schedule, timezone };
        const next = nextTime(when, at)!;
        const last = lastTime(when, at)!;
        assert.ok(last <= at && at < next);
        assert.equal(lastTime(when, next), next);
        assert.equal(lastTime(when, next - 1), last);
        assert.equal(nextTime(when, last), next);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("what can never be is told apart from what is rare", () => {
  const fault = (schedule: string, timezone = "UTC") => recurrenceFault({ schedule, timezone });
  assert.equal(fault("0 0 29 2 *"), undefined);
  assert.equal(fault("0 0 30 2 *"), "no such day ever comes");
  assert.match(fault("0 0 * * *", "Mars/Base")!, /Mars\/Base/);
  assert.match(fault("* * * * * *")!, /5 parts/);
});

Deno.test("how close a schedule's times come is measured across hours and days", () => {
  assert.equal(closestTimes("* * * * *"), 60_000);
  assert.equal(closestTimes("0,20 * * * *"), 20 * 60_000);
  assert.equal(closestTimes("30 0,23 * * *"), 60 * 60_000);
  assert.equal(closestTimes("@daily"), 86_400_000);
});
