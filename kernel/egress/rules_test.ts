import assert from "node:assert/strict";
import { EgressRules, grantsHost } from "./rules.ts";
import { StoreFixture } from "./testing.ts";

const BY = { userId: "usr_owner" };
const api = { host: "api.example.com", port: 443 };
const other = { host: "other.test", port: 443 };

Deno.test("a grant opens the hosts it names", () => {
  assert.ok(grantsHost(new Set(["net:fetch"]), api));
  assert.ok(grantsHost(new Set(["net:fetch:*.example.com"]), api));
  assert.ok(grantsHost(new Set(["storage:kv", "net:fetch:api.example.com:443"]), api));
  assert.ok(!grantsHost(new Set(["net:fetch:api.example.com:8443"]), api));
  assert.ok(!grantsHost(new Set(["net:fetch:example.com"]), api));
  assert.ok(!grantsHost(new Set(["net:direct:api.example.com", "net:fetcher"]), api));
  assert.ok(!grantsHost(new Set(["net:fetch:256.1.1.1"]), api));
  assert.ok(!grantsHost(new Set(), api));
});

Deno.test("without rules the owner objects to nothing", async () => {
  await using store = await StoreFixture.open();
  assert.equal(new EgressRules(store.db, store.clock).objection("app_a", api), undefined);
});

Deno.test("one allowed host makes a list of all that may be reached", async () => {
  await using store = await StoreFixture.open();
  const rules = new EgressRules(store.db, store.clock);
  await rules.allow({ pattern: "*.example.com", ...BY });
  assert.equal(rules.objection("app_a", api), undefined);
  assert.match(rules.objection("app_a", other)!, /allow-list/);
  await rules.allow({ appId: "app_a", pattern: "other.test", ...BY });
  assert.equal(rules.objection("app_a", other), undefined);
  assert.equal(rules.objection("app_a", api), undefined);
  assert.match(rules.objection("app_b", other)!, /allow-list/);
});

Deno.test("a denied host stays denied, whatever allows it", async () => {
  await using store = await StoreFixture.open();
  const rules = new EgressRules(store.db, store.clock);
  await rules.deny({ pattern: "*.example.com", ...BY });
  await rules.allow({ appId: "app_a", pattern: "api.example.com", ...BY });
  assert.match(rules.objection("app_a", api)!, /denies \*\.example\.com/);
  assert.equal(await rules.remove({ pattern: "*.EXAMPLE.com" }), true);
  assert.equal(rules.objection("app_a", api), undefined);
  assert.equal(await rules.remove({ pattern: "*.example.com" }), false);
});

Deno.test("rules are listed, an app's own beside everybody's", async () => {
  await using store = await StoreFixture.open();
  const rules = new EgressRules(store.db, store.clock);
  await rules.allow({ appId: "app_a", pattern: "A.test", ...BY });
  await rules.allow({ appId: "app_b", pattern: "b.test", ...BY });
  await rules.deny({ pattern: "c.test", ...BY });
  assert.deepEqual(rules.list("app_a"), [
    { pattern: "c.test", action: "deny", userId: "usr_owner", createdAt: store.now },
    {
      appId: "app_a",
      pattern: "a.test",
      action: "allow",
      userId: "usr_owner",
      createdAt: store.now,
    },
  ]);
  assert.equal(rules.list().length, 3);
});
