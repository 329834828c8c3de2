import assert from "node:assert/strict";
import { withBench } from "./testing.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const hourly = { schedule: "0 * * * *", handler: "api/a.ts" };

Deno.test(
  "nothing scheduled is nothing awaited; else one timer, a minute at most",
  withBench("2026-05-01T00:00:00Z", async (t) => {
    assert.deepEqual(t.time.pending, []);
    await t.scheduler.sync("app_a", [hourly]);
    await t.settle();
    assert.deepEqual(t.time.pending, [MINUTE]);
    await t.until("2026-05-01T00:59:30Z");
    assert.deepEqual(t.time.pending, [30_000]);
    await t.scheduler.enqueue("app_a", "usr_a", { delayMs: 7000 });
    await t.settle();
    assert.deepEqual(t.time.pending, [7000]);
    await t.scheduler.remove("app_a");
    await t.pass(2 * MINUTE);
    assert.deepEqual([t.time.pending, t.calls], [[], []]);
  }),
);

Deno.test(
  "a clock set forward is noticed within a minute: the newest run is made up for, once",
  withBench("2026-05-01T00:10:00Z", async (t) => {
    await t.scheduler.sync("app_a", [hourly]);
    await t.pass(1000);
    t.set("2026-05-01T05:20:00Z");
    await t.pass(MINUTE);
    assert.deepEqual(t.ran, ["app_a 05-01T05:20:59"]);
    assert.equal(t.calls[0]!.request.event.scheduledTime, Date.parse("2026-05-01T05:00Z"));
    assert.deepEqual(t.scheduler.history("app_a").map(({ result }) => result), ["ok", "missed"]);
    await t.until("2026-05-01T06:00:00Z");
    assert.equal(t.calls.length, 2);
  }),
);

Deno.test(
  "a clock set back by hours repeats no run, and the next time is the next",
  withBench("2026-05-01T00:10:00Z", async (t) => {
    await t.scheduler.sync("app_a", [hourly, { ...hourly, schedule: "0 20 * * *" }]);
    await t.until("2026-05-01T03:10:00Z");
    assert.equal(t.calls.length, 3);
    t.set("2026-05-01T01:30:00Z");
    await t.until("2026-05-01T03:59:00Z");
    assert.equal(t.calls.length, 3);
    await t.until("2026-05-01T04:00:00Z");
    assert.equal(t.calls.length, 4);
    assert.equal(t.scheduler.list("app_a")[1]!.nextAt, Date.parse("2026-05-01T20:00Z"));
  }),
);

Deno.test(
  "what was planned under a clock that was years ahead is planned anew",
  withBench("2031-05-01T00:10:00Z", async (t) => {
    await t.scheduler.sync("app_a", [hourly]);
    await t.until("2031-05-01T01:00:00Z");
    await t.scheduler.enqueue("app_b", "usr_b", { delayMs: HOUR / 2 });
    await t.settle();
    assert.equal(t.calls.length, 1);
    t.set("2026-05-01T00:10:00Z");
    await t.until("2026-05-01T01:00:00Z");
    assert.deepEqual(t.ran.slice(1), ["app_b 05-01T00:41", "app_a 05-01T01:00"]);
    await t.until("2026-05-01T02:00:00Z");
    assert.equal(t.calls.length, 4);
  }),
);

Deno.test(
  "a clock that was ahead before a restart is noticed at the start",
  withBench("2031-05-01T00:10:00Z", async (t) => {
    await t.scheduler.sync("app_a", [hourly]);
    t.set("2026-05-01T00:10:00Z");
    await t.crash();
    assert.equal(t.scheduler.list("app_a")[0]!.nextAt, Date.parse("2026-05-01T01:00Z"));
    assert.match(t.logged.join(), /clock went back/);
  }),
);

Deno.test(
  "while nothing can be written nothing runs; once it can, each runs once",
  withBench("2026-05-01T00:59:00Z", async (t) => {
    await t.scheduler.sync("app_a", [hourly]);
    const write = t.db.write.bind(t.db);
    t.db.write = () => Promise.reject(new Error("the disk is full"));
    await t.until("2026-05-01T01:00:30Z");
    assert.equal(t.calls.length, 0);
    // A try each five seconds, not one after the other.
    assert.equal(t.logged.filter((line) => line.includes("disk is full")).length, 7);
    t.db.write = write;
    await t.until("2026-05-01T01:01:00Z");
    assert.deepEqual(t.ran, ["app_a 05-01T01:00:35"]);
  }),
);

Deno.test(
  "how a run ended is written as soon as it can be",
  withBench("2026-05-01T00:59:00Z", async (t) => {
    t.answer = () => undefined;
    await t.scheduler.sync("app_a", [hourly]);
    await t.until("2026-05-01T01:00:00Z");
    const write = t.db.write.bind(t.db);
    const failing = Promise.withResolvers<void>();
    t.db.write = () => {
      failing.resolve();
      return Promise.reject(new Error("the disk is full"));
    };
    t.calls[0]!.finish({ ok: true });
    await failing.promise;
    t.db.write = write;
    assert.equal(t.scheduler.list("app_a")[0]!.running, true);
    while (t.time.pending[0] !== 1000) await new Promise((resolve) => setTimeout(resolve, 0));
    await t.time.pass(1000, () => t.settle());
    assert.deepEqual(
      t.scheduler.list("app_a").map(({ running, lastResult }) => [
        running,
        lastResult,
      ]),
      [[false, "ok"]],
    );
  }),
);
