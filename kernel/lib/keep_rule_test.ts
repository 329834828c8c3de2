import assert from "node:assert/strict";
import { isKeepText, outdated, parseKeep } from "./keep_rule.ts";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 22, 12);
const at = (days: number, hours = 0) => ({ createdAt: NOON - days * DAY - hours * 3_600_000 });

const kept = (all: { createdAt: number }[], rule: string) => {
  const gone = new Set(outdated(all, parseKeep(rule)));
  return all.filter((one) => !gone.has(one));
};

Deno.test("the newest of each day is kept, for as many days as have one", () => {
  const all = [at(0), at(0, 6), at(1), at(1, 3), at(5), at(9)];
  assert.deepEqual(kept(all, "3 daily"), [at(0), at(1), at(5)]);
});

Deno.test("rules add up: a year of daily backups leaves 7 days and the weeks before", () => {
  const all = Array.from({ length: 365 }, (_, i) => at(i));
  const days = kept(all, "7 daily 4 weekly").map((one) => (NOON - one.createdAt) / DAY);
  // 2026-11-22 is a Sunday, the last day of its week.
  assert.deepEqual(days, [0, 1, 2, 3, 4, 5, 6, 7, 14, 21]);
  assert.equal(kept(all, "12 monthly").length, 12);
  assert.deepEqual(kept(all, "2 last"), [at(0), at(1)]);
});

Deno.test("the newest is kept whatever the rule, and all where it says so", () => {
  assert.deepEqual(kept([at(400)], "1 daily"), [at(400)]);
  assert.equal(kept(Array.from({ length: 50 }, (_, i) => at(0, i)), "all").length, 50);
});

Deno.test("what is no rule is refused", () => {
  for (
    const text of ["", "7", "daily", "7 days", "0 daily", "-1 daily", "7 daily 4", "all 7 daily"]
  ) {
    assert.equal(isKeepText(text), false, text);
    assert.throws(() => parseKeep(text), { code: "INVALID" });
  }
  for (const text of ["all", "7 daily 4 weekly", "1 last", "2 monthly 10 daily"]) {
    assert.equal(isKeepText(text), true, text);
  }
});
