import assert from "node:assert/strict";
import { RunningApps } from "./running_apps.ts";
import { parseRunning, pauseMs, strikesAfter } from "./suspects.ts";

const MINUTE = 60_000;

Deno.test("who was inside a turn is suspected, and nobody else then", () => {
  const record = { running: ["a"], recent: ["a", "b"], strikes: {} };
  assert.deepEqual(strikesAfter(record, 5), { a: { count: 1, at: 5 } });
});

Deno.test("if nobody was, those are who ran a moment before", () => {
  const record = { running: [], recent: ["a", "b"], strikes: {} };
  assert.deepEqual(Object.keys(strikesAfter(record, 5)), ["a", "b"]);
});

Deno.test("strikes add up within ten minutes beside the pause, and are forgotten then", () => {
  const strikes = { a: { count: 2, at: 0 }, b: { count: 1, at: 0 } };
  const record = { running: ["a", "b"], recent: [], strikes };
  const late = 10 * MINUTE + 30_000;
  assert.deepEqual(strikesAfter(record, late), {
    a: { count: 3, at: late },
    b: { count: 1, at: late },
  });
  assert.deepEqual(strikesAfter({ ...record, running: [] }, 3 * 3_600_000), {});
});

Deno.test("one strike pauses nobody, more pause longer and longer, an hour at most", () => {
  assert.deepEqual([1, 2, 3, 4, 9].map((count) => pauseMs(count) / MINUTE), [0, 1, 5, 25, 60]);
});

Deno.test("a record is one line; one that cannot be read accuses nobody", () => {
  const text = '{"running":["a"],"recent":[],"strikes":{"b":{"count":1,"at":2},"c":{}}}';
  assert.deepEqual(parseRunning(`${text}\n"]}}`), {
    running: ["a"],
    recent: [],
    strikes: { b: { count: 1, at: 2 } },
  });
  for (const broken of ["", "{", "null", "[]\n", '{"running":']) {
    assert.deepEqual(
      strikesAfter(parseRunning(broken) ?? { running: [], recent: [], strikes: {} }, 1),
      {},
    );
  }
});

Deno.test("isolates are followed by the numbers they share, whoever let them go", () => {
  const apps = new RunningApps({ a: { count: 1, at: 0 } });
  const vital = new Int32Array(new SharedArrayBuffer(8));
  apps.follow(1, { appId: "a", vital, now: 0 });
  assert.deepEqual(apps.look(10).recent, ["a"], "it is being loaded");
  assert.deepEqual(apps.look(2000).recent, []);
  vital[0] = 1;
  assert.deepEqual(apps.look(2050).running, ["a"]);
  vital[0] = 0;
  vital[1] = 5;
  assert.deepEqual(apps.look(5000), {
    running: [],
    recent: ["a"],
    strikes: { a: { count: 1, at: 0 } },
  });
  vital[0] = 1;
  apps.ended(1, 6000);
  assert.deepEqual(apps.look(7000).running, ["a"], "its thread goes on");
  apps.look(17_000);
  assert.deepEqual(apps.look(17_050).running, []);
  apps.forgive("a");
  assert.deepEqual(apps.look(18_000).strikes, {});
});
