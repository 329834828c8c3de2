import assert from "node:assert/strict";
import { fireCron } from "./cron_operations.ts";
import { claimJob } from "./job_operations.ts";
import { type Bench, failed, withBench } from "./testing.ts";
import { systemTimers } from "./timers.ts";

const START = "2026-05-01T00:00:00Z";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const USER = "usr_ann";

/** Schedules a one-off job at once. */
const now = (t: Bench, appId: string, state?: string) =>
  t.scheduler.enqueue(appId, USER, { delayMs: 0, state });
const results = (t: Bench, appId: string) =>
  t.scheduler.history(appId).map(({ result }) => result).reverse();

Deno.test(
  "a job runs after its delay with its state, and is gone",
  withBench(START, async (t) => {
    const { id } = await t.scheduler.enqueue("app_a", USER, {
      delayMs: 90_000,
      handler: "api/later.ts",
      state: '{"n":1}',
    });
    const [waiting] = t.scheduler.jobs("app_a");
    assert.deepEqual([waiting!.id, waiting!.nextAt, waiting!.userId], [
      id,
      Date.parse(START) + 90_000,
      USER,
    ]);
    await t.pass(2 * MINUTE);
    assert.deepEqual(t.ran, ["app_a 05-01T00:01:30"]);
    const { handler, trigger, userId, event } = t.calls[0]!.request;
    assert.deepEqual([handler, trigger, userId], ["api/later.ts", "job", USER]);
    assert.deepEqual(event, {
      id,
      scheduledTime: Date.parse(START) + 90_000,
      state: '{"n":1}',
      attempt: 1,
    });
    assert.deepEqual(t.scheduler.jobs("app_a"), []);
    assert.deepEqual(results(t, "app_a"), ["ok"]);
  }),
);

Deno.test(
  "a job outlives restarts, and one that came due meanwhile runs however late",
  withBench(START, async (t) => {
    await t.scheduler.enqueue("app_a", USER, { delayMs: HOUR });
    await t.scheduler.enqueue("app_a", USER, { delayMs: 49 * HOUR });
    await t.crash(48 * HOUR);
    assert.deepEqual(t.ran, ["app_a 05-03T00:00"]);
    await t.pass(HOUR);
    assert.deepEqual(t.ran, ["app_a 05-03T00:00", "app_a 05-03T01:00"]);
  }),
);

Deno.test(
  "a job that fails is tried again, ever later, and then is a dead letter",
  withBench(START, async (t) => {
    t.answer = () => failed("the mail server is away");
    const { id } = await now(t, "app_a", '"x"');
    await t.pass(10 * MINUTE);
    assert.deepEqual(t.ran.map((line) => line.slice(6)), [
      "05-01T00:00",
      "05-01T00:00:30",
      "05-01T00:01:30",
      "05-01T00:03:30",
    ]);
    assert.deepEqual(t.calls.map(({ request }) => request.event.attempt), [1, 2, 3, 4]);
    assert.deepEqual(new Set(t.calls.map(({ request }) => request.event.id)), new Set([id]));
    assert.deepEqual(results(t, "app_a"), ["error", "error", "error", "dead"]);
    const [dead, ...others] = t.scheduler.deadLetters("app_a");
    assert.deepEqual(others, []);
    assert.deepEqual([dead!.id, dead!.attempt, dead!.error], [
      id,
      4,
      "APP_ERROR: the mail server is away",
    ]);
    await t.crash(HOUR);
    assert.equal(t.calls.length, 4);
  }),
);

Deno.test(
  "a dead letter runs again with all its attempts, or is thrown away",
  withBench(START, async (t) => {
    t.answer = () => failed();
    await t.settings.set("limits.cron.retries", 1, 0);
    const first = await now(t, "app_a", '"x"');
    const second = await now(t, "app_a");
    await t.pass(2 * MINUTE);
    assert.equal(t.calls.length, 4);
    assert.equal(await t.scheduler.retryDead("app_b", first.id), false);
    assert.equal(await t.scheduler.removeDead("app_b", second.id), false);
    assert.equal(await t.scheduler.retryDead("app_a", first.id), true);
    assert.equal(await t.scheduler.removeDead("app_a", second.id), true);
    assert.equal(await t.scheduler.removeDead("app_a", second.id), false);
    await t.pass(10_000);
    t.answer = () => ({ ok: true });
    await t.pass(MINUTE);
    const again = t.calls.slice(4).map(({ request }) => request.event);
    assert.deepEqual(again.map(({ attempt, state }) => [attempt, state]), [[1, '"x"'], [2, '"x"']]);
    assert.deepEqual(t.scheduler.deadLetters("app_a"), []);
  }),
);

Deno.test(
  "a cron run is retried as its entry says, in between its other times",
  withBench(START, async (t) => {
    t.answer = ({ request }) => request.event.attempt < 3 ? failed() : { ok: true };
    await t.scheduler.sync("app_a", [{
      schedule: "0 * * * *",
      handler: "api/a.ts",
      retry: { attempts: 2, backoff: "40m" },
    }]);
    await t.until("2026-05-01T02:30:00Z");
    const runs = t.calls.map(({ at, request: { event } }) => [
      at,
      new Date(event.scheduledTime).getUTCHours(),
      event.attempt,
    ]);
    assert.deepEqual(runs, [
      ["05-01T01:00", 1, 1],
      ["05-01T01:40", 1, 2],
      ["05-01T02:00", 2, 1],
    ]);
    t.answer = () => failed();
    await t.until("2026-05-01T03:10:00Z");
    assert.deepEqual(
      t.scheduler.deadLetters("app_a").map(({ cron, attempt, plannedAt }) => [
        cron,
        attempt,
        new Date(plannedAt).getUTCHours(),
      ]),
      [["0 * * * *", 3, 1]],
    );
    // Without the entry its retries are nobody's.
    await t.scheduler.sync("app_a", []);
    await t.pass(5 * HOUR);
    assert.equal(t.calls.at(-1)!.at, "05-01T03:00");
  }),
);

Deno.test(
  "a run past its time limit is told to stop and counts as failed",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    await t.scheduler.sync("app_a", [
      { schedule: "0 * * * *", handler: "api/a.ts", timeout: "20s" },
    ]);
    await t.until("2026-05-01T01:00:19Z");
    const { signal, timeoutMs } = t.calls[0]!.request;
    assert.deepEqual([signal.aborted, timeoutMs], [false, 20_000]);
    await t.pass(1000);
    assert.equal(signal.aborted, true);
    const [run] = t.scheduler.history("app_a");
    assert.deepEqual([run!.result, run!.error, run!.endedAt! - run!.startedAt!], [
      "dead",
      "TIMEOUT: the run took longer than 20s",
      20_000,
    ]);
    // What it says after that changes nothing.
    t.calls[0]!.finish({ ok: true });
    await t.settle();
    assert.equal(t.scheduler.history("app_a")[0]!.result, "dead");
    await now(t, "app_a");
    await t.pass(5 * MINUTE);
    assert.equal(t.scheduler.history("app_a")[0]!.result, "timeout");
  }),
);

Deno.test(
  "limits of the owner and of the app hold for entries and jobs",
  withBench(START, async (t) => {
    await t.settings.set("limits.cron.minutes", 3, 0);
    t.answer = () => failed();
    await t.scheduler.sync("app_low", [{
      schedule: "1 * * * *",
      handler: "api/a.ts",
      timeout: "5m",
      retry: { attempts: 3, backoff: "1s" },
    }]);
    await now(t, "app_low");
    await now(t, "app_high");
    await t.until("2026-05-01T00:59:00Z");
    const of = (appId: string, trigger: string) =>
      t.calls.filter((c) => c.appId === appId && c.request.trigger === trigger)
        .map(({ request }) => request.timeoutMs / MINUTE);
    assert.deepEqual(of("app_low", "cron"), [1, 1]);
    assert.deepEqual(of("app_low", "job"), [1, 1]);
    assert.deepEqual(of("app_high", "job"), [3, 3, 3, 3]);
  }, {
    limitsOf: (appId) => appId === "app_low" ? { minutes: 1, retries: 1 } : { minutes: 60 },
  }),
);

Deno.test(
  "a run that the node did not survive is interrupted, and tried again if it may be",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    await now(t, "app_a");
    await t.scheduler.sync("app_b", [{ schedule: "1 0 * * *", handler: "api/b.ts" }]);
    await t.until("2026-05-01T00:01:20Z");
    assert.equal(t.calls.length, 2);
    await t.crash(MINUTE);
    assert.equal(t.calls.length, 2);
    assert.deepEqual([results(t, "app_a"), results(t, "app_b")], [["interrupted"], [
      "interrupted",
    ]]);
    assert.equal(t.scheduler.deadLetters("app_b").length, 1);
    t.answer = () => ({ ok: true });
    await t.pass(MINUTE);
    assert.deepEqual(t.ran.slice(2), ["app_a 05-01T00:02:50"]);
    assert.equal(t.calls[2]!.request.event.attempt, 2);
  }),
);

Deno.test(
  "a job that ends the node each time it runs is dead after its retries",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    await now(t, "app_a");
    await t.settle();
    for (let i = 0; i < 6; i++) {
      await t.crash();
      await t.pass(5 * MINUTE - 1);
    }
    assert.equal(t.calls.length, 4);
    assert.equal(t.scheduler.deadLetters("app_a").length, 1);
  }),
);

Deno.test(
  "a stop waits for what runs, then interrupts it, and starts nothing",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    await now(t, "app_quick");
    await now(t, "app_slow");
    await now(t, "app_slow");
    await t.settle();
    t.calls.find(({ appId }) => appId === "app_quick")!.request.signal.onabort = () =>
      assert.fail("it had time left");
    const stopped = t.stop(10_000);
    t.calls.find(({ appId }) => appId === "app_quick")!.finish({ ok: true });
    await stopped;
    assert.equal(t.calls.length, 2);
    assert.deepEqual([results(t, "app_quick"), results(t, "app_slow")], [["ok"], ["interrupted"]]);
    assert.deepEqual(t.scheduler.jobs("app_slow").map(({ attempt }) => attempt).sort(), [0, 1]);
    await t.crash(MINUTE);
    assert.equal(t.calls.length, 3);
  }),
);

Deno.test(
  "apps take turns, one run each, four in all",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    // Somebody else's flood is there first.
    for (let i = 0; i < 10; i++) {
      for (const app of ["app_1", "app_2", "app_3", "app_4"]) await now(t, app);
    }
    await now(t, "app_5");
    await t.settle();
    const open = () => t.calls.filter(({ finished }) => !finished).map(({ appId }) => appId).sort();
    assert.deepEqual(open(), ["app_1", "app_2", "app_3", "app_4"]);
    t.calls.find(({ appId }) => appId === "app_2")!.finish({ ok: true });
    await t.settle();
    assert.deepEqual(open(), ["app_1", "app_3", "app_4", "app_5"]);
    t.answer = () => ({ ok: true });
    for (const call of t.calls) if (!call.finished) call.finish({ ok: true });
    await t.settle();
    assert.equal(t.calls.length, 41);
    const turns = t.calls.slice(8).map(({ appId }) => appId);
    for (let i = 0; i + 4 < turns.length - 4; i += 4) {
      assert.equal(new Set(turns.slice(i, i + 4)).size, 4, turns.join());
    }
  }),
);

Deno.test(
  "a job that waits can be taken back by its app, one that runs cannot",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    const { id } = await t.scheduler.enqueue("app_a", USER, { delayMs: MINUTE });
    assert.equal(await t.scheduler.cancel("app_b", id), false);
    assert.equal(await t.scheduler.cancel("app_a", id), true);
    assert.equal(await t.scheduler.cancel("app_a", id), false);
    const running = await now(t, "app_a");
    await t.pass(2 * MINUTE);
    assert.deepEqual(t.calls.map(({ request }) => request.event.id), [running.id]);
    assert.equal(await t.scheduler.cancel("app_a", running.id), false);
  }),
);

Deno.test(
  "an app that goes takes its entries, jobs and runs along; another's stay",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    await t.scheduler.sync("app_a", [{ schedule: "* * * * *", handler: "api/a.ts" }]);
    await now(t, "app_a");
    await now(t, "app_a");
    await now(t, "app_b");
    await t.settle();
    await t.scheduler.remove("app_a");
    await t.settle();
    const signals = t.calls.map(({ appId, request }) => [appId, request.signal.aborted]);
    assert.deepEqual(signals, [["app_a", true], ["app_b", false]]);
    await t.pass(4 * MINUTE);
    assert.equal(t.calls.length, 2);
    assert.deepEqual([t.scheduler.list("app_a"), t.scheduler.jobs("app_a")], [[], []]);
    assert.deepEqual(results(t, "app_a"), ["error"]);
  }),
);

Deno.test(
  "a run whose entry went meanwhile is neither retried nor a dead letter",
  withBench(START, async (t) => {
    t.answer = () => undefined;
    const retry = { attempts: 1, backoff: "1m" };
    await t.scheduler.sync("app_a", [{ schedule: "0 * * * *", handler: "api/a.ts", retry }]);
    await t.until("2026-05-01T01:00:10Z");
    await t.scheduler.sync("app_a", []);
    t.calls[0]!.finish(failed());
    await t.pass(10 * MINUTE);
    assert.deepEqual(results(t, "app_a"), ["error"]);
    assert.deepEqual([t.calls.length, t.scheduler.deadLetters("app_a")], [1, []]);
  }),
);

Deno.test(
  "of two who fire an entry or claim a job at once, one does",
  withBench(START, async (t) => {
    await t.scheduler.sync("app_a", [{ schedule: "0 * * * *", handler: "api/a.ts" }]);
    await t.stop();
    const { id, nextAt: due } = t.scheduler.list("app_a")[0]!;
    const nextAt = due!;
    const fire = (jobId: string) =>
      t.db.write(fireCron, {
        id,
        due: nextAt,
        lastAt: nextAt,
        nextAt: nextAt + HOUR,
        missed: null,
        jobId,
        at: nextAt,
      });
    await Promise.all([fire("job_1"), fire("job_2")]);
    assert.deepEqual(t.scheduler.history("app_a"), []);
    const claim = (jobId: string) => t.db.write(claimJob, { id: jobId, nextAt, at: nextAt });
    const claims = await Promise.all(["job_1", "job_1", "job_2"].map(claim));
    assert.deepEqual(claims.map((won) => won?.attempt), [1, undefined, undefined]);
    assert.equal(t.scheduler.history("app_a").length, 1);
  }),
);

Deno.test(
  "on the machine's own clock a job runs when its delay is over",
  withBench(
    START,
    async (t) => {
      const called = Promise.withResolvers<number>();
      t.answer = () => {
        called.resolve(Date.now());
        return { ok: true };
      };
      const before = Date.now();
      await t.scheduler.enqueue("app_a", USER, { delayMs: 50 });
      assert.ok(await called.promise >= before + 50);
      await t.settle();
      assert.deepEqual(results(t, "app_a"), ["ok"]);
    },
    { clock: Date.now, timers: systemTimers },
  ),
);
