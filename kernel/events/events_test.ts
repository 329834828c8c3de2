import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { ANONYMOUS_USER, SYSTEM_USER } from "../lib/ids.ts";
import { usageOf } from "../storage/mod.ts";
import { MAX_HELD, MAX_OWED } from "./queues.ts";
import { until } from "../lib/testing/until.ts";
import { appId, caller, withEvents } from "./testing.ts";

const ALL = { events: [{ on: "*", handler: "api/all.ts" }], grants: ["events:subscribe:*"] };
const DAY = 86_400_000;

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  assert.equal(error.code, expected);
  return true;
};

Deno.test(
  "an event nobody listens to leaves nothing behind unless it is to be kept",
  withEvents(async (fx) => {
    await fx.emit("shop", "seen");
    await fx.emit("shop", "seen", { delivery: "at-least-once" });
    assert.equal(fx.count("events"), 0);
    const { id } = await fx.emit("shop", "seen", { persist: true, data: { n: 1 } });
    const { items } = await fx.events.query();
    assert.deepEqual(items, [{
      n: 1,
      id,
      type: "app:shop.seen",
      source: "app:shop",
      at: fx.time.now,
      expiresAt: fx.time.now + 7 * DAY,
      depth: 1,
      data: { n: 1 },
    }]);
  }),
);

Deno.test(
  "events and deliveries carry the person they were emitted for",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    await fx.emit("shop", "seen");
    const person = { ...caller("shop"), userId: "usr_ada" };
    await fx.events.emitApp(person, { type: "seen", persist: true });
    await fx.events.emitSystem("system.app.deploy", {}, { userId: "usr_owner" });
    await fx.events.emitSystem("system.start");
    for (const table of ["events", "event_deliveries"]) {
      assert.deepEqual(
        fx.db.reader.all<{ user_id: string }>(`SELECT user_id FROM ${table}`)
          .map((row) => row.user_id),
        [ANONYMOUS_USER, "usr_ada", "usr_owner", SYSTEM_USER],
      );
    }
  }),
);

Deno.test(
  "an app that emits faster than it may is told which limit and its value",
  withEvents(async (fx) => {
    fx.sync("slow", { limits: { perSecond: 3 } });
    for (let i = 0; i < 5; i++) await fx.emit("shop", "seen");
    await assert.rejects(fx.emit("shop", "seen"), (error: unknown) => {
      code("RATE_LIMITED")(error);
      assert.deepEqual((error as FaztError).details, {
        limit: "events.perSecond",
        used: 5,
        max: 5,
      });
      return true;
    });
    for (let i = 0; i < 3; i++) await fx.emit("slow", "seen");
    await assert.rejects(fx.emit("slow", "seen"), code("RATE_LIMITED"));
    fx.time.now += 1000;
    await fx.emit("shop", "seen");
  }, { settings: { "limits.events.perSecond": 5 } }),
);

Deno.test(
  "what an app may not send is refused, and nothing of it is kept",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    fx.sync("small", { limits: { kb: 1 } });
    const refused: [string, Promise<unknown>][] = [
      ["PERMISSION", fx.emit("shop", "system.start")],
      ["PERMISSION", fx.emit("shop", "app:blog.x")],
      ["INVALID", fx.emit("shop", "Order")],
      ["TOO_LARGE", fx.emit("shop", "x", { data: "x".repeat(65_536) })],
      ["TOO_LARGE", fx.emit("small", "x", { data: "x".repeat(1024) })],
      ["INVALID", fx.emit("shop", "x", { data: 1n })],
      ["INVALID", fx.emit("shop", "x", { ttl: 0 })],
      ["INVALID", fx.emit("shop", "x", { ttl: "soon" })],
      ["INVALID", fx.emit("shop", "x", { ttl: NaN })],
      ["INVALID", fx.emit("shop", "x", { retries: 11 })],
      ["INVALID", fx.emit("shop", "x", { retries: 0.5 })],
      ["INVALID", fx.emit("shop", "x", { correlationId: "" })],
      ["INVALID", fx.emit("shop", "x", { correlationId: "a\nb" })],
    ];
    for (const [expected, promise] of refused) await assert.rejects(promise, code(expected));
    assert.equal(fx.count("events"), 0);
  }),
);

Deno.test(
  "events that follow from each other end at a depth of eight",
  withEvents(async (fx) => {
    fx.sync("echo", { events: [{ on: "app:echo.*", handler: "api/echo.ts" }] });
    fx.events.start();
    const errors: unknown[] = [];
    fx.handle = async ({ depth }) => {
      await fx.emit("echo", "again", { depth }).catch((error) => errors.push(error));
      return { ok: true };
    };
    await fx.emit("echo", "again");
    await until(() => errors.length === 1);
    await fx.settled();
    code("EVENTS_LOOP")(errors[0]);
    assert.deepEqual(fx.seen.map(({ depth }) => depth), [1, 2, 3, 4, 5, 6, 7, 8]);
  }),
);

Deno.test(
  "a subscriber that does not keep up has its emitters refused, others not",
  withEvents(async (fx) => {
    fx.sync("all", { ...ALL, events: [{ on: "app:shop.*", handler: "api/all.ts" }] });
    fx.sync("blog", { events: [{ on: "app:blog.*", handler: "api/x.ts" }] });
    const burst = (n: number) =>
      Promise.all(Array.from({ length: n }, () => fx.emit("shop", "seen")));
    for (let sent = 0; sent < MAX_OWED; sent += 1000) await burst(1000);
    await assert.rejects(fx.emit("shop", "seen"), code("EVENTS_LIMIT"));
    await fx.emit("shop", "seen", { persist: true, delivery: "at-most-once" });
    await fx.emit("blog", "seen");
    // The kernel is never refused: that subscriber misses the event and it is reported.
    fx.sync("all", ALL);
    await fx.events.emitSystem("system.start");
    assert.match(String(fx.errors[0]), /system\.start is not owed to app_all/);
    assert.equal((await fx.events.query({ type: "system.*" })).items.length, 1);

    fx.events = fx.restarted();
    fx.sync("all", ALL);
    await assert.rejects(fx.emit("shop", "seen"), code("EVENTS_LIMIT"));
    await fx.events.remove(appId("all"));
    fx.sync("all", ALL);
    await fx.emit("shop", "seen");
  }, { settings: { "limits.events.perSecond": 1_000_000 } }),
);

Deno.test(
  "what waits in memory is bounded too",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    const once = (data?: unknown) => fx.emit("shop", "seen", { delivery: "at-most-once", data });
    for (let i = 0; i < MAX_HELD; i++) await once();
    await assert.rejects(once(), code("EVENTS_LIMIT"));
    fx.sync("other", ALL);
    await fx.events.remove(appId("all"));
    for (let i = 0; i < 64; i++) await once("x".repeat(65_000));
    await assert.rejects(once("x".repeat(65_000)), code("EVENTS_LIMIT"));
    assert.equal(fx.count("events"), 0);
  }, { settings: { "limits.events.perSecond": 1_000_000 } }),
);

Deno.test(
  "an app keeps no more than its share of the database, and gets it back",
  withEvents(async (fx) => {
    const kb600 = "x".repeat(600 * 1024);
    await fx.emit("shop", "big", { data: kb600, persist: true, ttl: "1h" });
    await assert.rejects(fx.emit("shop", "big", { data: kb600, persist: true }), code("QUOTA"));
    await fx.emit("blog", "big", { data: kb600, persist: true });
    fx.time.now += 3_600_000;
    await fx.events.cleanup();
    assert.deepEqual({ ...usageOf(fx.db.reader, appId("shop"), "events") }, {
      entries: 0,
      bytes: 0,
    });
    fx.sync("all", ALL);
    fx.events.start();
    await fx.emit("shop", "big", { data: kb600 });
    await until(() => usageOf(fx.db.reader, appId("shop"), "events").entries === 0);
    await fx.emit("shop", "big", { data: kb600 });
  }, { settings: { "limits.events.appMb": 1, "limits.events.kb": 1024 } }),
);

Deno.test(
  "an event past its time is not delivered, not shown and then gone",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    await fx.emit("shop", "offer", { ttl: "10m", persist: true });
    await fx.emit("shop", "order", { persist: true });
    fx.time.now += 600_000;
    assert.deepEqual((await fx.events.query()).items.map(({ type }) => type), ["app:shop.order"]);
    fx.events.start();
    await fx.settled();
    assert.deepEqual(fx.types(), ["app:shop.order"]);
    assert.equal(fx.events.deliveries()[0]!.error!.code, "EXPIRED");
    await fx.events.cleanup();
    assert.equal(fx.count("events"), 1);
    assert.equal(fx.count("event_deliveries"), 0);
    fx.time.now += 7 * DAY;
    await fx.events.cleanup();
    assert.equal(fx.count("events"), 0);
  }),
);

Deno.test(
  "a lowered number of days holds for events that are already kept",
  withEvents(async (fx) => {
    fx.sync("brief", { limits: { keepDays: 1 } });
    await fx.emit("shop", "old", { persist: true, ttl: 30 * DAY });
    await fx.emit("brief", "old", { persist: true });
    const { items } = await fx.events.query();
    assert.deepEqual(items.map((item) => item.expiresAt - fx.time.now), [DAY, 7 * DAY]);
    fx.time.now += 3 * DAY;
    await fx.emit("shop", "new", { persist: true });
    await fx.settings.set("limits.events.keepDays", 2, fx.time.now);
    await fx.events.cleanup();
    assert.deepEqual((await fx.events.query()).items.map(({ type }) => type), ["app:shop.new"]);
  }),
);

Deno.test(
  "deliveries that end with their event give their room back",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    for (let sent = 0; sent < MAX_OWED; sent += 1000) {
      await Promise.all(Array.from({ length: 1000 }, () => fx.emit("shop", "a", { ttl: 1000 })));
    }
    await assert.rejects(fx.emit("shop", "a"), code("EVENTS_LIMIT"));
    fx.time.now += 1000;
    await fx.events.cleanup();
    assert.equal(fx.count("event_deliveries"), 0);
    await fx.emit("shop", "b");
    fx.events.start();
    await fx.settled();
    assert.deepEqual(fx.types(), ["app:shop.b"]);
  }, { settings: { "limits.events.perSecond": 1_000_000 } }),
);

Deno.test(
  "the history is searched by pattern, time and emitter, a page at a time",
  withEvents(async (fx) => {
    const start = fx.time.now;
    for (const [name, type] of [["shop", "a.x"], ["blog", "a.y"], ["shop", "b.x"]] as const) {
      await fx.emit(name, type, { persist: true });
      fx.time.now += 100_000;
    }
    await fx.events.emitSystem("system.start");
    const types = async (query: Parameters<typeof fx.events.query>[0]) =>
      (await fx.events.query(query)).items.map(({ type }) => type);
    assert.deepEqual(await types({ type: "app:*.a.*" }), ["app:blog.a.y", "app:shop.a.x"]);
    assert.deepEqual(await types({ since: start + 200_000 }), ["system.start", "app:shop.b.x"]);
    assert.deepEqual(await types({ appId: appId("shop") }), ["app:shop.b.x", "app:shop.a.x"]);
    const first = await fx.events.query({ limit: 3 });
    assert.equal(first.items.length, 3);
    const second = await fx.events.query({ limit: 3, before: first.before });
    assert.deepEqual(second.items.map(({ type }) => type), ["app:shop.a.x"]);
    assert.equal(second.before, undefined);
    await assert.rejects(fx.events.query({ type: "a.*" }), code("INVALID"));
  }),
);

Deno.test(
  "an app sees its own history and what its grants open",
  withEvents(async (fx) => {
    fx.sync("shop");
    fx.sync("blog", { grants: ["events:subscribe:app:shop.order.*"] });
    await fx.emit("shop", "order.new", { persist: true });
    await fx.emit("shop", "secret", { persist: true });
    await fx.emit("blog", "post", { persist: true });
    await fx.events.emitSystem("system.start");
    const seen = async (name: string, type?: string) =>
      (await fx.events.query({ viewer: appId(name), type })).items.map((item) => item.type);
    assert.deepEqual(await seen("blog"), ["app:blog.post", "app:shop.order.new"]);
    assert.deepEqual(await seen("blog", "post"), ["app:blog.post"]);
    assert.deepEqual(await seen("blog", "app:shop.*"), ["app:shop.order.new"]);
    assert.deepEqual(await seen("shop"), ["app:shop.secret", "app:shop.order.new"]);
    assert.deepEqual(await seen("shop", "system.*"), []);
    assert.deepEqual(await seen("stranger"), []);
  }),
);

Deno.test(
  "a manifest with more patterns than the node allows gets the first ones",
  withEvents(async (fx) => {
    const events = ["a", "b", "c"].map((type) => ({
      on: `app:shop.${type}.*`,
      handler: `api/${type}.ts`,
    }));
    assert.deepEqual(fx.sync("shop", { events }), ["app:shop.c.*"]);
    fx.events.start();
    for (const type of ["c.x", "b.x"]) await fx.emit("shop", type);
    await fx.settled();
    assert.deepEqual(fx.types(), ["app:shop.b.x"]);
  }, { settings: { "limits.events.subscriptions": 2 } }),
);

Deno.test(
  "two patterns of one handler are one delivery, two handlers are two",
  withEvents(async (fx) => {
    fx.sync("shop", {
      events: [
        { on: "app:shop.*", handler: "api/a.ts" },
        { on: "app:shop.order", handler: "api/a.ts" },
        { on: "app:*.order", handler: "api/b.ts" },
      ],
    });
    fx.events.start();
    await fx.emit("shop", "order");
    await fx.settled();
    assert.deepEqual(fx.seen.map(({ handler }) => handler).sort(), ["api/a.ts", "api/b.ts"]);
  }),
);

Deno.test(
  "a renamed app emits under its new name",
  withEvents(async (fx) => {
    fx.sync("blog", {
      events: [{ on: "app:shop.*", handler: "api/a.ts" }],
      grants: ["events:subscribe:app:shop.*"],
    });
    fx.events.start();
    await fx.events.emitApp({ ...caller("shop"), appName: "store" }, { type: "order" });
    await fx.emit("shop", "order");
    await fx.settled();
    assert.deepEqual(fx.types(), ["app:shop.order"]);
  }),
);

Deno.test(
  "only a delivery that was given up can be retried",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    await fx.emit("shop", "order");
    const [owed] = fx.events.deliveries({ state: "pending" });
    await assert.rejects(fx.events.retry(owed!.id), code("NOT_FOUND"));
    await assert.rejects(fx.events.retry(999), code("NOT_FOUND"));
  }),
);

Deno.test(
  "an event that could not be written reaches nobody",
  withEvents(async (fx) => {
    fx.sync("all", ALL);
    const heard: string[] = [];
    fx.events.watch("*", (event) => void heard.push(event.type));
    await fx.emit("shop", "a", { data: "x".repeat(1_000_000) });
    await assert.rejects(fx.emit("shop", "b", { data: "x".repeat(100_000) }), code("QUOTA"));
    assert.deepEqual(heard, ["app:shop.a"]);
    assert.equal(fx.events.deliveries().length, 1);
    assert.equal(usageOf(fx.db.reader, appId("shop"), "events").entries, 1);
  }, { settings: { "limits.events.kb": 1024, "limits.events.appMb": 1 } }),
);
