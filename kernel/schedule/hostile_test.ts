import assert from "node:assert/strict";
import { createApp, removeApp } from "../apps/app_operations.ts";
import { purgeStep } from "../apps/purge_operations.ts";
import { SyscallTable } from "../syscall/mod.ts";
import { scheduleSyscalls } from "./schedule_syscalls.ts";
import { type Bench, failed, withBench } from "./testing.ts";

const START = "2026-05-01T00:00:00Z";
const DAY = 86_400_000;
const USER = "usr_ann";

function caller(t: Bench, appId: string) {
  const table = new SyscallTable(scheduleSyscalls(t.scheduler));
  const who = {
    appId,
    appName: "x",
    grants: new Set<string>(),
    requestId: undefined,
    userId: undefined,
  };
  return async (name: string, input?: unknown) => await table.call(who, name, input);
}

Deno.test(
  "a job of nonsense is refused and nothing is kept of it",
  withBench(START, async (t) => {
    const call = caller(t, "app_a");
    const long = JSON.stringify("x".repeat(65_534));
    const table: [string, unknown][] = [
      ["TOO_LARGE", { delayMs: 0, state: JSON.stringify("x".repeat(65_535)) }],
      ["TOO_LARGE", { delayMs: 0, state: JSON.stringify("é".repeat(32_768)) }],
      ["TOO_LARGE", { delayMs: 0, state: "[".repeat(50_000_000) }],
      ["INVALID", { delayMs: 0, state: "[".repeat(60_000) }],
      ["INVALID", { delayMs: 0, state: "{x}" }],
      ["INVALID", { delayMs: 0, state: { n: 1 } }],
      ["INVALID", { delayMs: -1 }],
      ["INVALID", { delayMs: 365 * DAY + 1 }],
      ["INVALID", { delayMs: NaN }],
      ["INVALID", { delayMs: Infinity }],
      ["INVALID", { delayMs: "5" }],
      ["INVALID", {}],
      ["INVALID", undefined],
      ["INVALID", { delayMs: 0, handler: "../main.ts" }],
      ["INVALID", { delayMs: 0, handler: "api/\u0000.ts" }],
      ["INVALID", { delayMs: 0, handler: `api/${"a".repeat(2000)}` }],
    ];
    for (const [code, input] of table) {
      const shown = JSON.stringify(input)?.slice(0, 80);
      await assert.rejects(() => call("schedule.enqueue", input), { code }, shown);
    }
    assert.deepEqual(t.scheduler.jobs("app_a"), []);
    await call("schedule.enqueue", { delayMs: 365 * DAY, state: long });
    await call("schedule.enqueue", { delayMs: 0.4, handler: "api/ä b.ts" });
    await t.pass(1);
    assert.deepEqual(t.calls.map(({ request }) => request.handler), ["api/ä b.ts"]);
  }),
);

Deno.test(
  "an app may have so many jobs waiting, whatever another has",
  withBench(START, async (t) => {
    await t.settings.set("limits.cron.jobs", 2, 0);
    const call = caller(t, "app_a");
    await call("schedule.enqueue", { delayMs: DAY });
    const { id } = await call("schedule.enqueue", { delayMs: DAY }) as { id: string };
    await assert.rejects(() => call("schedule.enqueue", { delayMs: DAY }), {
      code: "QUOTA",
      status: 429,
      details: { limit: "cron.jobs", used: 2, max: 2 },
    });
    await caller(t, "app_b")("schedule.enqueue", { delayMs: DAY });
    assert.equal(await call("schedule.cancel", { id }), true);
    await call("schedule.enqueue", { delayMs: DAY });
  }),
);

Deno.test(
  "an app sees and cancels what is its own",
  withBench(START, async (t) => {
    await t.scheduler.sync("app_a", [{ schedule: "@daily", handler: "api/a.ts" }]);
    const { id } = await t.scheduler.enqueue("app_a", USER, { delayMs: DAY });
    const [mine, other] = [caller(t, "app_a"), caller(t, "app_b")];
    assert.deepEqual([await other("schedule.list"), await other("cron.list")], [[], []]);
    assert.equal(await other("schedule.cancel", { id }), false);
    const [job] = await mine("schedule.list", { limit: 5 }) as { id: string }[];
    assert.equal(job!.id, id);
    const [entry] = await mine("cron.list") as { schedule: string }[];
    assert.equal(entry!.schedule, "@daily");
    await assert.rejects(() => mine("schedule.list", { limit: 0 }), { code: "INVALID" });
  }),
);

Deno.test(
  "an error is kept to 2 KB, whatever it says, and whatever is thrown",
  withBench(START, async (t) => {
    t.answer = ({ appId }) => {
      if (appId === "app_b") throw null;
      return failed("é".repeat(100_000));
    };
    await t.scheduler.enqueue("app_a", USER, { delayMs: 0 });
    await t.scheduler.enqueue("app_b", USER, { delayMs: 0 });
    await t.settle();
    const { error } = t.scheduler.history("app_a")[0]!;
    const bytes = new TextEncoder().encode(error!).length;
    assert.ok(bytes <= 2048 && bytes > 2040);
    assert.match(error!, /é$/);
    assert.match(t.scheduler.history("app_b")[0]!.error!, /^INTERNAL/);
  }),
);

Deno.test(
  "history and dead letters of an entry stay short however often it fails",
  withBench(START, async (t) => {
    t.answer = () => failed();
    await t.scheduler.enqueue("app_a", USER, { delayMs: 0 });
    await t.scheduler.sync("app_a", [{ schedule: "* * * * *", handler: "api/a.ts" }]);
    await t.pass(115 * 60_000);
    const runs = t.scheduler.history("app_a", { limit: 1000 });
    assert.equal(runs.filter(({ cron }) => cron !== null).length, 100);
    assert.equal(runs.filter(({ cron }) => cron === null).length, 4);
    const dead = t.scheduler.deadLetters("app_a");
    assert.equal(dead.length, 11);
    assert.equal(dead[0]!.plannedAt, Date.parse("2026-05-01T01:55Z"));
    // Pages meet without a gap.
    const page = t.scheduler.history("app_a", { limit: 60 });
    const rest = t.scheduler.history("app_a", { limit: 60, before: page.at(-1)!.id });
    assert.deepEqual([...page, ...rest], runs);
  }),
);

Deno.test(
  "history goes after 7 days and dead letters after 30; what runs and waits stays",
  withBench(START, async (t) => {
    await t.settings.set("limits.cron.retries", 0, 0);
    t.answer = ({ appId }) => appId === "app_a" ? failed() : undefined;
    await t.scheduler.enqueue("app_a", USER, { delayMs: 0 });
    await t.scheduler.enqueue("app_a", USER, { delayMs: 200 * DAY });
    await t.scheduler.enqueue("app_b", USER, { delayMs: 0 });
    await t.settle();
    const left = async (iso: string) => {
      t.set(iso);
      await t.scheduler.cleanup();
      return ["app_a", "app_b"].map((app) =>
        [
          t.scheduler.history(app).length,
          t.scheduler.deadLetters(app).length,
          t.scheduler.jobs(app).length,
        ].join()
      );
    };
    assert.deepEqual(await left("2026-05-07T23:00Z"), ["1,1,1", "1,0,1"]);
    assert.deepEqual(await left("2026-05-08T01:00Z"), ["0,1,1", "1,0,1"]);
    assert.deepEqual(await left("2026-05-31T01:00Z"), ["0,0,1", "1,0,1"]);
  }),
);

Deno.test(
  "nothing of an app is left when it is purged",
  withBench(START, async (t) => {
    const tables = ["cron_jobs", "jobs", "runs"];
    const count = (appId: string) =>
      tables.map((table) =>
        t.db.reader.get<{ n: number }>(
          `SELECT count(*) AS n FROM ${table} WHERE app_id = ?`,
          appId,
        )!.n
      );
    for (const appId of ["app_a", "app_b"]) {
      const name = appId.replace("_", "-");
      const app = { id: appId, name, userId: USER, title: null, at: t.time.now(), admin: true };
      await t.db.write(createApp, app);
      await t.scheduler.sync(appId, [{ schedule: "@daily", handler: "api/a.ts" }]);
      await t.scheduler.enqueue(appId, USER, { delayMs: 0 });
      await t.scheduler.enqueue(appId, USER, { delayMs: DAY });
    }
    await t.settle();
    assert.deepEqual(count("app_a"), [1, 1, 1]);
    await t.db.write(removeApp, { id: "app_a", keepData: false, at: t.time.now() });
    while (await t.db.write(purgeStep, { before: t.time.now() + 1, limit: 2 })) { /* next */ }
    assert.deepEqual([count("app_a"), count("app_b")], [[0, 0, 0], [1, 1, 1]]);
  }),
);
