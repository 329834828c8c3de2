import assert from "node:assert/strict";
import { until } from "../lib/testing/until.ts";
import { appId, type EventsFixture, withEvents } from "./testing.ts";

const BLOG = "api/on_order.ts";
const HEARS_SHOP = {
  events: [{ on: "app:shop.order.*", handler: BLOG }],
  grants: ["events:subscribe:app:shop.*"],
};
const failed = { ok: false, code: "APP_ERROR", message: "it threw" } as const;

/** A shop, and a blog that may hear its orders. */
function shopAndBlog(fx: EventsFixture): void {
  fx.sync("shop");
  fx.sync("blog", HEARS_SHOP);
  fx.events.start();
}

Deno.test(
  "a subscriber with a grant is called with the event, once",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    const { id } = await fx.emit("shop", "order.completed", {
      data: { total: 12 },
      correlationId: "cart 7",
    });
    await fx.settled();
    assert.deepEqual(fx.seen, [{
      appId: appId("blog"),
      handler: BLOG,
      event: {
        id,
        type: "app:shop.order.completed",
        data: { total: 12 },
        source: "app:shop",
        at: fx.time.now,
        correlationId: "cart 7",
        attempt: 1,
      },
      depth: 1,
      timeoutMs: 30_000,
    }]);
    await until(() => fx.count("events") === 0);
  }),
);

Deno.test(
  "an app hears its own events without a grant and others' only with one",
  withEvents(async (fx) => {
    const events = [{ on: "app:*", handler: "api/all.ts" }];
    fx.sync("shop", { events });
    fx.sync("nosy", { events, grants: ["storage:kv", "events:subscribe:app:blog.*"] });
    fx.sync("trusted", { events, grants: ["events:subscribe:*"] });
    fx.events.start();
    await fx.emit("shop", "order.completed");
    await fx.settled();
    assert.deepEqual(fx.seen.map((seen) => seen.appId).sort(), [appId("shop"), appId("trusted")]);
    assert.deepEqual(fx.events.deliveries(), [], "nothing was owed to the one without a grant");
  }),
);

Deno.test(
  "a revoked grant stops what is already owed, and what is owed again is delivered",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => failed;
    await fx.emit("shop", "order.completed");
    await fx.paused(1000);
    fx.sync("blog", { ...HEARS_SHOP, grants: [] });
    fx.time.advance(1000);
    await fx.settled();
    const [dead] = fx.events.deliveries({ state: "dead", appId: appId("blog") });
    assert.equal(dead!.error!.code, "PERMISSION");
    assert.equal(fx.seen.length, 1);

    fx.sync("blog", HEARS_SHOP);
    fx.handle = () => ({ ok: true });
    await fx.events.retry(dead!.id);
    await until(() => fx.events.deliveries().length === 0);
    assert.equal(fx.seen.length, 2);
  }),
);

Deno.test(
  "a handler that app.json names no more is not called",
  withEvents(async (fx) => {
    fx.sync("blog", HEARS_SHOP);
    await fx.emit("shop", "order.completed");
    fx.sync("blog", { ...HEARS_SHOP, events: [{ on: "app:shop.*", handler: "api/other.ts" }] });
    fx.events.start();
    await fx.settled();
    assert.equal(fx.events.deliveries()[0]!.error!.code, "UNSUBSCRIBED");
    assert.deepEqual(fx.seen, []);
  }),
);

Deno.test(
  "a failed delivery is tried again after growing pauses, then given up",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => failed;
    await fx.emit("shop", "order.completed");
    for (const pause of [1000, 4000, 16_000]) {
      await fx.paused(pause);
      fx.time.advance(pause - 1);
      fx.time.advance(1);
    }
    await fx.settled();
    assert.deepEqual(fx.seen.map(({ event }) => event.attempt), [1, 2, 3, 4]);
    const [dead] = fx.events.deliveries({ state: "dead" });
    assert.deepEqual(dead!.error, { code: "APP_ERROR", message: "it threw" });
    assert.equal(dead!.attempts, 4);
    assert.equal(dead!.type, "app:shop.order.completed");
  }),
);

Deno.test(
  "retries: 0 is one attempt",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => failed;
    await fx.emit("shop", "order.completed", { retries: 0 });
    await fx.settled();
    assert.equal(fx.seen.length, 1);
    assert.equal(fx.events.deliveries({ state: "dead" }).length, 1);
  }),
);

Deno.test(
  "an app that is busy costs the event no attempt",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => ({ ok: false, code: "APP_BUSY", message: "busy" });
    await fx.emit("shop", "order.completed", { retries: 0 });
    for (const pause of [1000, 4000, 16_000, 64_000, 256_000, 300_000]) {
      await fx.paused(pause);
      fx.time.advance(pause);
    }
    await fx.paused(300_000);
    fx.handle = () => ({ ok: true });
    fx.time.advance(300_000);
    await fx.settled();
    assert.equal(fx.seen.length, 8);
    assert.equal(fx.seen.at(-1)!.event.attempt, 1);
    assert.deepEqual(fx.events.deliveries(), []);
  }),
);

Deno.test(
  "a handler that throws into the bus, or never answers, is a failure like any other",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => Promise.reject(new Error("no such isolate"));
    await fx.emit("shop", "order.completed", { retries: 0 });
    await fx.settled();
    assert.equal(fx.events.deliveries()[0]!.error!.code, "INTERNAL");
    assert.match(String(fx.errors[0]), /no such isolate/);

    fx.handle = () => new Promise(() => {});
    await fx.emit("shop", "order.shipped", { retries: 0 });
    await until(() => fx.seen.length === 2);
    fx.time.advance(35_000);
    await fx.settled();
    assert.equal(fx.events.deliveries()[0]!.error!.code, "TIMEOUT");
  }),
);

Deno.test(
  "what is owed survives a restart, with its attempts and its pause",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => failed;
    await fx.emit("shop", "order.completed", { data: [1, "é"] });
    await fx.emit("shop", "order.shipped");
    await fx.paused(1000);
    await fx.events.stop();

    fx.events = fx.restarted();
    fx.handle = () => ({ ok: true });
    fx.events.start();
    fx.time.advance(10_000);
    assert.equal(fx.seen.length, 1, "apps that are not known yet are waited for");
    fx.sync("blog", HEARS_SHOP);
    await fx.settled();
    assert.deepEqual(fx.seen.slice(1).map(({ event }) => [event.type, event.attempt]), [
      ["app:shop.order.completed", 2],
      ["app:shop.order.shipped", 1],
    ]);
    assert.deepEqual(fx.seen[1]!.event.data, [1, "é"]);
  }),
);

Deno.test(
  "a delivery that was running when the node stopped is made again",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    const answer = Promise.withResolvers<{ ok: true }>();
    fx.handle = () => answer.promise;
    await fx.emit("shop", "order.completed");
    await until(() => fx.seen.length === 1);
    const stopped = fx.events.stop(100);
    fx.time.advance(100);
    await stopped;
    // Too late: the next process could be delivering it by now.
    answer.resolve({ ok: true });
    await new Promise((resolve) => setTimeout(resolve));
    // Writes are done in order, so one that was asked for before this one would be there after it.
    await fx.settings.set("limits.events.kb", 64, fx.time.now);
    assert.equal(fx.count("event_deliveries"), 1);

    fx.events = fx.restarted();
    fx.sync("blog", HEARS_SHOP);
    fx.events.start();
    await fx.settled();
    assert.equal(fx.seen.length, 2);
  }),
);

Deno.test(
  "stopping waits for what is running and records it",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    const answer = Promise.withResolvers<{ ok: true }>();
    fx.handle = () => answer.promise;
    await fx.emit("shop", "order.completed");
    await until(() => fx.seen.length === 1);
    const stopped = fx.events.stop();
    answer.resolve({ ok: true });
    await stopped;
    assert.equal(fx.count("event_deliveries"), 0);
  }),
);

Deno.test(
  "events arrive in order from one emitter, while others pass a handler that hangs",
  withEvents(async (fx) => {
    fx.sync("all", {
      events: [{ on: "*", handler: "api/all.ts" }],
      grants: ["events:subscribe:*"],
    });
    fx.events.start();
    const gate = Promise.withResolvers<{ ok: true }>();
    let fail = true;
    fx.handle = ({ event }) => {
      if (event.type === "app:shop.n0") return gate.promise;
      if (event.type === "app:shop.n3" && fail) {
        fail = false;
        return failed;
      }
      return { ok: true };
    };
    const numbers = [0, 1, 2, 3, 4, 5];
    await Promise.all(numbers.map((n) => fx.emit("shop", `n${n}`)));
    await Promise.all(numbers.map((n) => fx.emit("blog", `n${n}`)));
    await until(() => fx.types().filter((type) => type.startsWith("app:blog")).length === 6);
    gate.resolve({ ok: true });
    await fx.paused(1000);
    fx.time.advance(1000);
    await fx.settled();
    const from = (name: string) => fx.types().filter((type) => type.startsWith(`app:${name}.`));
    assert.deepEqual(from("blog"), numbers.map((n) => `app:blog.n${n}`));
    assert.deepEqual(from("shop"), [0, 1, 2, 3, 3, 4, 5].map((n) => `app:shop.n${n}`));
  }),
);

Deno.test(
  "at most once is one attempt from memory, after what came before it",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = ({ event }) => event.attempt === 1 ? failed : { ok: true };
    await fx.emit("shop", "order.first");
    await fx.emit("shop", "order.second", { delivery: "at-most-once" });
    await fx.emit("shop", "order.third", { delivery: "at-most-once", persist: true });
    assert.equal(fx.count("event_deliveries"), 1);
    await fx.paused(1000);
    assert.deepEqual(fx.types(), ["app:shop.order.first"]);
    fx.time.advance(1000);
    await until(() => fx.seen.length === 4);
    assert.deepEqual(fx.types().slice(1), [
      "app:shop.order.first",
      "app:shop.order.second",
      "app:shop.order.third",
    ]);
    await fx.settled();
    fx.time.advance(60_000);
    assert.equal(fx.seen.length, 4, "a failure from memory is not tried again");
    assert.equal(fx.count("events"), 1, "only what was to be kept is");
  }),
);

Deno.test(
  "one app's handlers never all run at once",
  withEvents(async (fx) => {
    fx.sync("all", {
      events: [{ on: "app:*", handler: "api/all.ts" }],
      grants: ["events:subscribe:app:*"],
    });
    fx.events.start();
    let running = 0;
    let most = 0;
    fx.handle = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
      return { ok: true };
    };
    await Promise.all(Array.from({ length: 30 }, (_, i) => fx.emit(`a${i}`, "ping")));
    await fx.settled();
    assert.equal(fx.seen.length, 30);
    assert.equal(most, 8);
  }),
);

Deno.test(
  "a removed app is owed nothing and called no more",
  withEvents(async (fx) => {
    shopAndBlog(fx);
    fx.handle = () => failed;
    await fx.emit("shop", "order.completed", { persist: true });
    await fx.emit("shop", "order.shipped");
    await fx.paused(1000);
    await fx.events.remove(appId("blog"));
    assert.equal(fx.time.size, 0);
    assert.equal(fx.count("event_deliveries"), 0);
    assert.equal(fx.count("events"), 1, "what the shop wanted kept is");
    await fx.emit("shop", "order.cancelled");
    fx.time.advance(60_000);
    assert.equal(fx.seen.length, 1);
  }),
);
