import assert from "node:assert/strict";
import { withBench } from "./testing.ts";
import type { CronEntry } from "./shapes.ts";

const HOUR = 3_600_000;
const entry = (schedule: string, more: Partial<CronEntry> = {}): CronEntry => ({
  schedule,
  handler: "api/tick.ts",
  ...more,
});

Deno.test(
  "an entry runs at its times, and the handler is told which",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.scheduler.sync("app_a", [entry("*/20 * * * *")]);
    await t.pass(HOUR);
    assert.deepEqual(t.ran, ["app_a 05-01T00:20", "app_a 05-01T00:40", "app_a 05-01T01:00"]);
    const { request } = t.calls[0]!;
    assert.equal(request.trigger, "cron");
    assert.equal(request.handler, "api/tick.ts");
    assert.equal(request.timeoutMs, 300_000);
    assert.deepEqual(
      { ...request.event, id: "" },
      {
        cron: "*/20 * * * *",
        scheduledTime: Date.parse("2026-05-01T00:20Z"),
        attempt: 1,
        id: "",
      },
    );
    assert.notEqual(request.event.id, t.calls[1]!.request.event.id);
    const [info] = t.scheduler.list("app_a");
    assert.equal(info!.nextAt, Date.parse("2026-05-01T01:20Z"));
    assert.equal(info!.lastAt, Date.parse("2026-05-01T01:00Z"));
    assert.deepEqual([info!.lastResult, info!.running, info!.timezone], ["ok", false, "UTC"]);
  }),
);

Deno.test(
  "when summer time begins in Berlin nothing is lost and nothing runs twice",
  withBench("2026-03-29T00:10:00Z", async (t) => {
    const timezone = "Europe/Berlin";
    await t.scheduler.sync("app_a", [
      entry("30 2 * * *", { timezone, handler: "api/daily.ts" }),
      entry("*/30 * * * *", { timezone, handler: "api/often.ts" }),
    ]);
    await t.until("2026-03-29T02:20:00Z");
    const ran = (handler: string) =>
      t.calls.filter(({ request }) => request.handler === handler).map(({ at }) => at);
    // 02:30 does not exist; 03:00 is the first moment after the hour that is left out.
    assert.deepEqual(ran("api/daily.ts"), ["03-29T01:00"]);
    assert.deepEqual(ran("api/often.ts"), [
      "03-29T00:30",
      "03-29T01:00",
      "03-29T01:30",
      "03-29T02:00",
    ]);
    assert.equal(t.scheduler.list("app_a")[0]!.nextAt, Date.parse("2026-03-30T00:30Z"));
  }),
);

Deno.test(
  "when summer time ends in New York a named time runs once, a step in both hours",
  withBench("2026-11-01T05:10:00Z", async (t) => {
    const timezone = "America/New_York";
    await t.scheduler.sync("app_a", [
      entry("30 1 * * *", { timezone, handler: "api/daily.ts" }),
      entry("*/30 1 * * *", { timezone, handler: "api/often.ts" }),
    ]);
    await t.until("2026-11-01T07:40:00Z");
    const ran = (handler: string) =>
      t.calls.filter(({ request }) => request.handler === handler).map(({ at }) => at);
    assert.deepEqual(ran("api/daily.ts"), ["11-01T05:30"]);
    assert.deepEqual(ran("api/often.ts"), ["11-01T05:30", "11-01T06:00", "11-01T06:30"]);
    assert.equal(t.scheduler.list("app_a")[0]!.nextAt, Date.parse("2026-11-02T06:30Z"));
  }),
);

Deno.test(
  "a deploy keeps entries that did not change and drops those that went",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.scheduler.sync("app_a", [entry("0 * * * *"), entry("30 * * * *")]);
    const [hourly, half] = t.scheduler.list("app_a");
    await t.pass(HOUR);
    await t.scheduler.sync("app_a", [
      entry("15 * * * *"),
      entry("0 * * * *", { timeout: "10s", retry: { attempts: 2, backoff: "1m" } }),
    ]);
    const [quarter, kept, ...rest] = t.scheduler.list("app_a");
    assert.deepEqual(rest, []);
    assert.deepEqual([kept!.id, kept!.n, kept!.lastAt], [
      hourly!.id,
      1,
      Date.parse("2026-05-01T01:00Z"),
    ]);
    assert.deepEqual([kept!.timeoutMs, kept!.retries, kept!.backoffMs], [10_000, 2, 60_000]);
    assert.notEqual(quarter!.id, half!.id);
    await t.pass(HOUR);
    assert.deepEqual(t.ran, [
      "app_a 05-01T00:30",
      "app_a 05-01T01:00",
      "app_a 05-01T01:15",
      "app_a 05-01T02:00",
    ]);
  }),
);

Deno.test(
  "a run that is still on makes the next one skip, once it is over they go on",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    t.answer = () => undefined;
    await t.scheduler.sync("app_a", [entry("* * * * *", { timeout: "5m" })]);
    await t.until("2026-05-01T00:03:30Z");
    assert.deepEqual(t.ran, ["app_a 05-01T00:01"]);
    t.calls[0]!.finish({ ok: true });
    await t.until("2026-05-01T00:04:00Z");
    assert.deepEqual(t.ran, ["app_a 05-01T00:01", "app_a 05-01T00:04"]);
    const history = t.scheduler.history("app_a").map(({ result, plannedAt, error }) => [
      result,
      new Date(plannedAt).toISOString().slice(11, 16),
      error,
    ]);
    assert.deepEqual(history, [
      [null, "00:04", null],
      ["skipped", "00:03", "the run of 2026-05-01T00:01:00.000Z is still running"],
      ["skipped", "00:02", "the run of 2026-05-01T00:01:00.000Z is still running"],
      ["ok", "00:01", null],
    ]);
  }),
);

Deno.test(
  "an entry that may overlap queues its runs, but not without end",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    t.answer = () => undefined;
    await t.settings.set("limits.cron.minutes", 60, 0);
    await t.scheduler.sync("app_a", [entry("* * * * *", { skipIfRunning: false })]);
    await t.until("2026-05-01T00:12:30Z");
    assert.equal(t.calls.length, 1);
    const skipped = t.scheduler.history("app_a").filter(({ result }) => result === "skipped");
    assert.deepEqual(skipped.map(({ error }) => error), [
      "10 runs of it wait already",
      "10 runs of it wait already",
    ]);
    t.answer = () => ({ ok: true });
    t.calls[0]!.finish({ ok: true });
    await t.settle();
    assert.deepEqual(
      t.calls.map(({ request }) => new Date(request.event.scheduledTime).getUTCMinutes()),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
  }),
);

Deno.test(
  "after a restart what ran does not run again, and what is due later runs at its time",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.scheduler.sync("app_a", [entry("0 * * * *")]);
    await t.until("2026-05-01T01:00:00Z");
    for (let i = 0; i < 3; i++) await t.crash();
    assert.deepEqual(t.ran, ["app_a 05-01T01:00"]);
    await t.until("2026-05-01T02:00:00Z");
    assert.deepEqual(t.ran, ["app_a 05-01T01:00", "app_a 05-01T02:00"]);
  }),
);

Deno.test(
  "of the times that came while the node was down the newest runs, if it is not too late",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.scheduler.sync("app_a", [entry("*/15 * * * *")]);
    await t.scheduler.sync("app_b", [entry("20 0 * * *")]);
    await t.scheduler.sync("app_c", [entry("50 0 * * *")]);
    await t.crash(80 * 60_000);
    assert.deepEqual(t.ran.sort(), ["app_a 05-01T01:20:10", "app_c 05-01T01:20:10"]);
    const planned = (app: string) =>
      t.scheduler.history(app).map(({ result, plannedAt }) => [
        result,
        new Date(plannedAt).toISOString().slice(11, 16),
      ]);
    assert.deepEqual(planned("app_a"), [["ok", "01:15"], ["missed", "00:15"]]);
    assert.match(t.scheduler.history("app_a")[1]!.error!, /until 2026-05-01T01:00:00/);
    // An hour is the limit: 00:20 is 60 minutes and 10 seconds ago.
    assert.deepEqual(planned("app_b"), [["missed", "00:20"]]);
    assert.deepEqual(planned("app_c"), [["ok", "00:50"]]);
    assert.equal(t.scheduler.list("app_b")[0]!.nextAt, Date.parse("2026-05-02T00:20Z"));
    await t.crash();
    assert.equal(t.calls.length, 2);
  }),
);

Deno.test(
  "an entry runs at the owner's word, once at a time",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    t.answer = () => undefined;
    await t.scheduler.sync("app_a", [entry("0 5 * * *")]);
    const { id } = await t.scheduler.runNow("app_a", 0);
    await assert.rejects(() => t.scheduler.runNow("app_a", 0), { code: "CONFLICT" });
    await assert.rejects(() => t.scheduler.runNow("app_a", 1), { code: "NOT_FOUND" });
    await assert.rejects(() => t.scheduler.runNow("app_b", 0), { code: "NOT_FOUND" });
    await t.settle();
    assert.deepEqual(t.calls.map(({ request }) => request.event.id), [id]);
    assert.equal(t.scheduler.list("app_a")[0]!.running, true);
    t.calls[0]!.finish({ ok: true });
    await t.settle();
    assert.equal(t.scheduler.list("app_a")[0]!.nextAt, Date.parse("2026-05-01T05:00Z"));
    await t.scheduler.runNow("app_a", 0);
  }),
);

Deno.test(
  "an owner who raises the least time between runs thins out what is deployed",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.settings.set("limits.cron.minMinutes", 10, 0);
    await t.scheduler.sync("app_a", [entry("0,5,30 * * * *")]);
    await t.until("2026-05-01T01:31:00Z");
    assert.deepEqual(t.ran.map((line) => line.slice(-5)), ["00:05", "00:30", "01:00", "01:30"]);
  }),
);

Deno.test(
  "an entry that cannot be read or never comes sleeps, the others run",
  withBench("2026-05-01T00:00:10Z", async (t) => {
    await t.scheduler.sync("app_a", [entry("5/10 * * * *"), entry("0 0 31 2 *"), entry("@hourly")]);
    await t.pass(HOUR);
    assert.deepEqual(t.ran, ["app_a 05-01T01:00"]);
    assert.deepEqual(t.scheduler.list("app_a").map(({ nextAt }) => nextAt === null), [
      true,
      true,
      false,
    ]);
  }),
);
