import assert from "node:assert/strict";
import { manifest, OWNER, withApps } from "../apps/testing.ts";
import { Events } from "./mod.ts";
import { caller, FakeTime } from "./testing.ts";

Deno.test(
  "an app that is forgotten leaves no event and no delivery behind, others' stay",
  withApps(async (fx) => {
    const time = new FakeTime();
    const { app: shop } = await fx.deploy({ "app.json": manifest("shop") });
    const { app: blog } = await fx.deploy({ "app.json": manifest("blog") });
    const events = new Events({
      db: fx.db,
      settings: fx.settings,
      clock: () => time.now,
      timers: time,
      deliver: () => Promise.resolve({ ok: true }),
      onError: (error) => assert.fail(String(error)),
    });
    const grants = ["events:subscribe:*"];
    for (const { id, name } of [shop, blog]) {
      events.sync(id, { name, grants, events: [{ on: "app:*", handler: "api/all.ts" }] });
    }
    for (const { id, name } of [shop, blog]) {
      await events.emitApp({ ...caller(name), appId: id }, { type: "ping", persist: true });
    }
    assert.equal(fx.count("event_deliveries"), 4);
    await fx.apps.remove("shop", {}, OWNER);
    await fx.apps.purge(fx.now + 1);
    assert.equal(fx.count("events", shop.id), 0);
    assert.equal(fx.count("event_deliveries", shop.id), 0);
    assert.equal(fx.count("events", blog.id), 1);
    assert.equal(fx.count("event_deliveries", blog.id), 1);
  }),
);
