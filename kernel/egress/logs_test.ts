import assert from "node:assert/strict";
import { EgressLog } from "./logs.ts";
import { until } from "../lib/testing/until.ts";
import { StoreFixture } from "./testing.ts";

const line = (store: StoreFixture, more: Record<string, unknown> = {}) => ({
  appId: "app_a",
  userId: "usr_anonymous",
  at: store.now,
  method: "GET",
  host: "api.test",
  path: "/x",
  status: 200,
  ms: 1.4,
  bytesIn: 2,
  bytesOut: 3,
  ...more,
});

Deno.test("lines come back newest first, by app, host, age and outcome", async () => {
  await using store = await StoreFixture.open();
  const log = new EgressLog(store.db, store.settings, store.clock);
  log.append(line(store));
  log.append(line(store, { appId: "app_b", status: 500 }));
  store.now += 1000;
  log.append(line(store, { host: "other.test", status: undefined, code: "NET_BLOCKED" }));
  await log.flush();
  assert.deepEqual(log.list().map((l) => l.id), [3, 2, 1]);
  assert.deepEqual(log.list({ appId: "app_a" }).map((l) => l.id), [3, 1]);
  assert.deepEqual(log.list({ host: "api.test" }).map((l) => l.id), [2, 1]);
  assert.deepEqual(log.list({ failed: true }).map((l) => l.id), [3, 2]);
  assert.deepEqual(log.list({ since: store.now }).map((l) => l.id), [3]);
  assert.deepEqual(log.list({ before: 3, limit: 1 }).map((l) => l.id), [2]);
  assert.deepEqual(log.list({ limit: 1 }), [{
    ...{ id: 3, appId: "app_a", userId: "usr_anonymous", at: store.now, method: "GET" },
    ...{ host: "other.test", path: "/x", code: "NET_BLOCKED", ms: 1, bytesIn: 2, bytesOut: 3 },
  }]);
});

Deno.test("a line is written without being asked for, and the numbering goes on", async () => {
  await using store = await StoreFixture.open();
  const log = new EgressLog(store.db, store.settings, store.clock);
  log.append(line(store));
  await until(() => log.list().length === 1);
  const next = new EgressLog(store.db, store.settings, store.clock);
  next.append(line(store));
  await next.flush();
  assert.deepEqual(next.list().map((l) => l.id), [2, 1]);
});

Deno.test("lines go after seven days", async () => {
  await using store = await StoreFixture.open();
  const log = new EgressLog(store.db, store.settings, store.clock);
  log.append(line(store));
  store.now += 7 * 86_400_000;
  log.append(line(store));
  await log.flush();
  await log.cleanup();
  assert.equal(log.list().length, 2);
  store.now += 1;
  await log.cleanup();
  assert.deepEqual(log.list().map((l) => l.id), [2]);
});
