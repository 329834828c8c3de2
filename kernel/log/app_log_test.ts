import assert from "node:assert/strict";
import { mock } from "node:test";
import { type AppsFixture, withApps } from "../apps/testing.ts";
import { type AppLine, AppLog, type LoggedLine } from "./app_log.ts";

const DAY = 86_400_000;

const logOf = (t: AppsFixture) => new AppLog(t.db, t.settings, () => t.now);

const line = (message: string, more: Partial<AppLine> = {}): AppLine => ({
  appId: "app_a",
  level: "info",
  message,
  requestId: undefined,
  fields: undefined,
  ...more,
});

/** Every write of the log from here on. */
function writesOf(
  { db }: AppsFixture,
): { readonly name: string; readonly done: Promise<unknown> }[] {
  const seen: { name: string; done: Promise<unknown> }[] = [];
  const write = db.write.bind(db);
  db.write = (op, params) => {
    const done = write(op, params);
    seen.push({ name: op.name, done });
    return done;
  };
  return seen;
}

const messages = (lines: readonly LoggedLine[]) => lines.map(({ message }) => message);

Deno.test(
  "a line is read as it was written, oldest first, by its own app only",
  withApps(async (t) => {
    const log = logOf(t);
    const at = t.now;
    log.append(line("first", { level: "warn", requestId: "req_1", fields: { a: [1, null] } }));
    t.now += 5;
    log.append(line("second"));
    log.append(line("another app's", { appId: "app_b" }));
    await log.flush();
    const [first, second, ...rest] = log.list("app_a");
    assert.deepEqual(first, {
      id: first!.id,
      at,
      level: "warn",
      message: "first",
      requestId: "req_1",
      fields: { a: [1, null] },
    });
    assert.deepEqual(second, { id: second!.id, at: at + 5, level: "info", message: "second" });
    assert.deepEqual(rest, []);
    assert.deepEqual(messages(log.list("app_b")), ["another app's"]);
  }),
);

Deno.test(
  "lines that come together share one write, a fifth of a second after the first",
  withApps(async (t) => {
    const log = logOf(t);
    const writes = writesOf(t);
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      log.append(line("one"));
      mock.timers.tick(150);
      log.append(line("two"));
      mock.timers.tick(49);
      assert.equal(writes.length, 0);
      mock.timers.tick(1);
      assert.deepEqual(writes.map(({ name }) => name), ["logs.insert"]);
      await writes[0]!.done;
      assert.deepEqual(messages(log.list("app_a")), ["one", "two"]);
      mock.timers.tick(10_000);
      assert.equal(writes.length, 1);
      log.append(line("three"));
      mock.timers.tick(200);
      await writes[1]!.done;
      assert.equal(log.list("app_a").length, 3);
    } finally {
      mock.timers.reset();
    }
  }),
);

Deno.test(
  "an early flush writes at once, and nothing is written twice",
  withApps(async (t) => {
    const log = logOf(t);
    const writes = writesOf(t);
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await log.flush();
      assert.equal(writes.length, 0);
      log.append(line("one"));
      log.append(line("two"));
      await log.flush();
      mock.timers.tick(150);
      log.append(line("three"));
      mock.timers.tick(199);
      assert.equal(writes.length, 1);
      assert.deepEqual(messages(log.list("app_a")), ["one", "two"]);
      mock.timers.tick(1);
      await writes[1]!.done;
      assert.deepEqual(messages(log.list("app_a")), ["one", "two", "three"]);
    } finally {
      mock.timers.reset();
    }
  }),
);

Deno.test(
  "of a flood 2,000 lines are kept, the rest is counted, and other apps lose nothing",
  withApps(async (t) => {
    const log = logOf(t);
    await t.settings.set("logs.keepPerApp", 10_000, t.now);
    for (let i = 0; i < 2100; i++) log.append(line(`${i}`));
    log.append(line("calm", { appId: "app_b" }));
    await log.flush();
    assert.equal(t.count("logs", "app_a"), 2001);
    assert.deepEqual(messages(log.list("app_b")), ["calm"]);
    const [before, last] = log.list("app_a", { limit: 2 });
    assert.equal(before!.message, "1999");
    assert.deepEqual([last!.level, last!.message.split(":")[0]], [
      "warn",
      "100 lines were dropped",
    ]);
    log.append(line("after"));
    await log.flush();
    assert.deepEqual(messages(log.list("app_a", { limit: 1 })), ["after"]);
    assert.equal(t.count("logs", "app_a"), 2002);
  }),
);

Deno.test(
  "of a flood of large lines no more than a few megabytes wait",
  withApps(async (t) => {
    const log = logOf(t);
    const large = "x".repeat(500_000);
    for (let i = 0; i < 20; i++) {
      log.append(line(i % 2 ? large : "", i % 2 ? {} : { fields: { large } }));
    }
    await log.flush();
    assert.equal(t.count("logs", "app_a"), 6);
    assert.match(log.list("app_a", { limit: 1 })[0]!.message, /^15 lines were dropped/);
    for (let app = 0; app < 40; app++) {
      for (let i = 0; i < 3; i++) log.append(line("x".repeat(1_048_576), { appId: `app_${app}` }));
    }
    await log.flush();
    assert.equal(t.count("logs", "app_0"), 3);
    assert.equal(t.count("logs", "app_39"), 1);
    assert.match(log.list("app_39")[0]!.message, /^3 lines were dropped/);
    log.append(line("after", { appId: "app_39" }));
    await log.flush();
    assert.equal(log.list("app_39")[1]!.message, "after");
  }),
);

Deno.test(
  "whatever an app sends as a message or fields leaves one line that can be read",
  withApps(async (t) => {
    const log = logOf(t);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const cases: readonly [string, unknown, string, unknown][] = [
      ["\ud800 half", undefined, "\ufffd half", undefined],
      ["a\0b", { a: "\0" }, "a\ufffdb", { a: "\0" }],
      ["\u001b[2J\r\n\u009b1m\u202e", undefined, "\u001b[2J\r\n\u009b1m\u202e", undefined],
      ["'); DROP TABLE logs; --", "text", "'); DROP TABLE logs; --", "text"],
      ["cycle", cycle, "cycle", { unserializable: true }],
      ["bigint", { n: 1n }, "bigint", { unserializable: true }],
      ["function", () => 1, "function", undefined],
      ["null", null, "null", null],
      ["", "x".repeat(1_048_577), "", { truncated: true }],
      ["y".repeat(1_048_577), undefined, "y".repeat(1_048_576), undefined],
    ];
    const heard: LoggedLine[] = [];
    log.subscribe("app_a", (one) => heard.push(one));
    for (const [message, fields] of cases) log.append(line(message, { fields }));
    await log.flush();
    const read = log.list("app_a");
    assert.deepEqual(
      read.map(({ message, fields }) => [message, fields]),
      cases.map(([, , message, fields]) => [message, fields]),
    );
    assert.deepEqual(heard, read);
  }),
);

Deno.test(
  "lines are paged backwards by id and filtered by level",
  withApps(async (t) => {
    const log = logOf(t);
    const levels = ["debug", "info", "warn", "error"] as const;
    for (let i = 0; i < 12; i++) log.append(line(`${i}`, { level: levels[i % 4]! }));
    await log.flush();
    const pages: string[][] = [];
    let page = log.list("app_a", { limit: 5 });
    while (page.length > 0 && pages.length < 9) {
      pages.push(messages(page));
      page = log.list("app_a", { limit: 5, before: page[0]!.id });
    }
    assert.deepEqual(pages, [["7", "8", "9", "10", "11"], ["2", "3", "4", "5", "6"], ["0", "1"]]);
    const of = (level?: string) => messages(log.list("app_a", { level })).join(" ");
    assert.equal(of("warn"), "2 3 6 7 10 11");
    assert.equal(of("error"), "3 7 11");
    assert.equal(of("debug"), of());
    assert.deepEqual(messages(log.list("app_a", { level: "error", limit: 1 })), ["11"]);
    assert.equal(of("nonsense"), of());
  }),
);

Deno.test(
  "a page has 100 lines unless asked, and never more than 1,000",
  withApps(async (t) => {
    const log = logOf(t);
    for (let i = 0; i < 1100; i++) log.append(line(`${i}`));
    await log.flush();
    assert.equal(log.list("app_a").length, 100);
    assert.equal(log.list("app_a")[99]!.message, "1099");
    assert.equal(log.list("app_a", { limit: 5000 }).length, 1000);
    assert.equal(log.list("app_a", { limit: 0 }).length, 0);
  }),
);

Deno.test(
  "ids go on where they stopped after a restart",
  withApps(async (t) => {
    const log = logOf(t);
    log.append(line("before"));
    await log.flush();
    const restarted = logOf(t);
    restarted.append(line("after"));
    await restarted.flush();
    const [before, after] = restarted.list("app_a");
    assert.deepEqual([before!.message, after!.message], ["before", "after"]);
    assert.ok(after!.id > before!.id);
  }),
);

Deno.test(
  "who follows an app hears each line at once, as it will be read, until it leaves",
  withApps(async (t) => {
    const log = logOf(t);
    const heard: LoggedLine[] = [];
    const leave = log.subscribe("app_a", (one) => heard.push(one));
    log.append(line("mine", { requestId: "req_1", fields: { a: 1 } }));
    log.append(line("another app's", { appId: "app_b" }));
    assert.deepEqual(messages(heard), ["mine"]);
    await log.flush();
    assert.deepEqual(heard, log.list("app_a"));
    leave();
    log.append(line("later"));
    assert.equal(heard.length, 1);
    await log.flush();
  }),
);

Deno.test(
  "leaving twice takes nobody else's place",
  withApps(async (t) => {
    const log = logOf(t);
    const heard: string[] = [];
    const leave = log.subscribe("app_a", () => heard.push("first"));
    leave();
    log.subscribe("app_a", () => heard.push("second"));
    const third = log.subscribe("app_a", () => heard.push("third"));
    leave();
    log.append(line("one"));
    assert.deepEqual(heard, ["second", "third"]);
    third();
    third();
    log.append(line("two"));
    assert.deepEqual(heard, ["second", "third", "second"]);
    await log.flush();
  }),
);

Deno.test(
  "lines go when they are too old",
  withApps(async (t) => {
    const log = logOf(t);
    await t.settings.set("logs.keepDays", 2, t.now);
    log.append(line("old"));
    t.now += 1;
    log.append(line("young"));
    await log.flush();
    t.now += 2 * DAY;
    await log.cleanup();
    assert.deepEqual(messages(log.list("app_a")), ["young"]);
    t.now += 1;
    await log.cleanup();
    assert.deepEqual(log.list("app_a"), []);
  }),
);

Deno.test(
  "each app keeps its newest lines, however many have to go",
  withApps(async (t) => {
    const log = logOf(t);
    await t.settings.set("logs.keepPerApp", 100, t.now);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1900; i++) log.append(line(`${round * 1900 + i}`));
      if (round === 0) {
        for (let i = 0; i < 101; i++) log.append(line(`${i}`, { appId: "app_b" }));
      }
      if (round === 0) {
        for (let i = 0; i < 100; i++) log.append(line(`${i}`, { appId: "app_c" }));
      }
      await log.flush();
    }
    await log.cleanup();
    const kept = (app: string) => [log.list(app)[0]!.message, t.count("logs", app)];
    assert.deepEqual(kept("app_a"), ["5600", 100]);
    assert.deepEqual(kept("app_b"), ["1", 100]);
    assert.deepEqual(kept("app_c"), ["0", 100]);
  }),
);
