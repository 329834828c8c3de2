import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import type { BusEvent } from "./shapes.ts";
import { until } from "../lib/testing/until.ts";
import { appId, withEvents } from "./testing.ts";

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof FaztError, String(error));
  assert.equal(error.code, expected);
  return true;
};

Deno.test(
  "a watcher hears what matches, live and in order, until it stops",
  withEvents(async (fx) => {
    const heard: BusEvent[] = [];
    const stop = fx.events.watch("app:*.order.*", (event) => void heard.push(event));
    const { id } = await fx.emit("shop", "order.new", { data: { n: 1 }, correlationId: "c" });
    await fx.emit("shop", "seen");
    await fx.emit("blog", "order.new");
    stop();
    await fx.emit("shop", "order.new");
    assert.deepEqual(heard[0], {
      id,
      type: "app:shop.order.new",
      data: { n: 1 },
      source: "app:shop",
      at: fx.time.now,
      correlationId: "c",
      depth: 1,
    });
    assert.deepEqual(heard.map(({ source }) => source), ["app:shop", "app:blog"]);
    assert.throws(() => fx.events.watch("order.*", () => {}), code("INVALID"));
  }),
);

Deno.test(
  "a slow watcher loses the oldest events, is told how many, and holds nobody up",
  withEvents(async (fx) => {
    const gate = Promise.withResolvers<void>();
    const slow: [string, number][] = [];
    const quick: string[] = [];
    fx.events.watch("*", async (event, dropped) => {
      slow.push([event.type, dropped]);
      await gate.promise;
    });
    fx.events.watch("*", (event) => void quick.push(event.type));
    for (let i = 0; i < 300; i++) await fx.emit("shop", `n${i}`);
    assert.equal(quick.length, 300);
    assert.equal(slow.length, 1);
    gate.resolve();
    await until(() => slow.length === 257);
    assert.deepEqual(slow.slice(0, 3), [
      ["app:shop.n0", 0],
      ["app:shop.n44", 43],
      ["app:shop.n45", 0],
    ]);
    assert.equal(slow.at(-1)![0], "app:shop.n299");
  }, { settings: { "limits.events.perSecond": 1000 } }),
);

Deno.test(
  "large events fill a slow watcher's room sooner",
  withEvents(async (fx) => {
    const gate = Promise.withResolvers<void>();
    const dropped: number[] = [];
    fx.events.watch("*", async (_, lost) => {
      dropped.push(lost);
      await gate.promise;
    });
    for (let i = 0; i < 40; i++) await fx.emit("shop", "big", { data: "x".repeat(65_000) });
    gate.resolve();
    await until(() => dropped.length === 17);
    assert.deepEqual(dropped.slice(0, 3), [0, 23, 0]);
  }),
);

Deno.test(
  "what a watcher throws is reported and does not end it",
  withEvents(async (fx) => {
    let calls = 0;
    fx.events.watch("*", () => {
      calls++;
      throw new Error("broken pipe");
    });
    fx.events.watch("*", () => Promise.reject(new Error("later")));
    await fx.emit("shop", "a");
    await fx.emit("shop", "b");
    await until(() => fx.errors.length === 4);
    assert.equal(calls, 2);
  }),
);

Deno.test(
  "running code hears its own app's events, and others' only with a grant",
  withEvents(async (fx) => {
    fx.sync("shop");
    fx.sync("blog", { grants: ["events:subscribe:app:shop.*"] });
    const heard: string[] = [];
    const listener = (event: BusEvent) => void heard.push(event.type);
    fx.events.subscribe(appId("shop"), { pattern: "order.*", listener });
    fx.events.subscribe(appId("blog"), { pattern: "app:shop.order.*", listener });
    await fx.emit("shop", "order.new");
    assert.equal(heard.length, 2);
    for (const pattern of ["app:blog.*", "*", "system.*", "app:*.order.new"]) {
      assert.throws(
        () => fx.events.subscribe(appId("shop"), { pattern, listener }),
        code("PERMISSION"),
        pattern,
      );
    }
    assert.throws(
      () => fx.events.subscribe(appId("stranger"), { pattern: "app:shop.*", listener }),
      code("PERMISSION"),
    );
    fx.sync("blog", { grants: [] });
    await fx.emit("shop", "order.new");
    assert.equal(heard.length, 3, "a revoked grant ends it at once");
  }),
);

Deno.test(
  "running code may listen to so many patterns, those of app.json counted",
  withEvents(async (fx) => {
    fx.sync("shop", { events: [{ on: "app:shop.a", handler: "api/a.ts" }] });
    let heard = 0;
    const listener = () => void heard++;
    const on = () => fx.events.subscribe(appId("shop"), { pattern: "x.*", listener });
    const stop = on();
    on();
    assert.throws(on, code("EVENTS_LIMIT"));
    stop();
    stop();
    on();
    assert.throws(on, code("EVENTS_LIMIT"));
    await fx.emit("shop", "x.y");
    assert.equal(heard, 2);
  }, { settings: { "limits.events.subscriptions": 3 } }),
);

Deno.test(
  "a removed app's code hears nothing more",
  withEvents(async (fx) => {
    fx.sync("shop");
    let heard = 0;
    fx.events.subscribe(appId("shop"), { pattern: "order", listener: () => void heard++ });
    await fx.events.remove(appId("shop"));
    await fx.emit("shop", "order");
    assert.equal(heard, 0);
  }),
);

Deno.test(
  "a listener that emits what it listens to does not recurse",
  withEvents(async (fx) => {
    fx.sync("shop");
    let depth = 0;
    let deepest = 0;
    let left = 50;
    fx.events.subscribe(appId("shop"), {
      pattern: "tick",
      listener: () => {
        deepest = Math.max(deepest, ++depth);
        if (left-- > 0) void fx.emit("shop", "tick");
        depth--;
      },
    });
    await fx.emit("shop", "tick");
    await until(() => left < 0);
    assert.equal(deepest, 1);
  }),
);
