import assert from "node:assert/strict";
import { callerOf, EgressFixture } from "./testing.ts";

const blocked = { code: "NET_BLOCKED" };

Deno.test("a direct host is the isolate's own, unless its name leads to a private address", async () => {
  await using net = await EgressFixture.open();
  const ask = (url: string, ...grants: string[]) =>
    net.egress.direct.check(callerOf("a", grants), { url, follow: true });
  net.names.set("api.test", ["127.0.0.1"]);
  net.names.set("inside.test", ["10.0.0.1"]);
  net.names.set("mixed.test", ["127.0.0.1", "::1"]);
  const direct = "net:direct:api.test";
  assert.equal(await ask("https://api.test/x", direct), true);
  assert.equal(await ask("wss://api.test:8443/x", direct), true);
  assert.equal(await ask("https://api.test/x", "net:direct:api.test:443"), true);
  assert.equal(await ask("https://api.test:8443/x", "net:direct:api.test:443"), false);
  assert.equal(await ask("https://other.test/", direct, "net:fetch"), false);
  assert.equal(await ask("nonsense", direct), false);
  for (const host of ["inside.test", "mixed.test", "localhost", "db.internal"]) {
    await assert.rejects(ask(`http://${host}/`, `net:direct:${host}`), blocked, host);
  }
  assert.equal(await ask("http://10.0.0.1:80/", "net:direct:10.0.0.1:80"), true);
  await net.store.settings.set("server.port", 18_080, net.store.now);
  await assert.rejects(ask("http://127.0.0.1:18080/", "net:direct:127.0.0.1:18080"), blocked);
  await net.egress.deny({ pattern: "api.test", userId: "usr_owner" });
  await assert.rejects(ask("https://api.test/x", direct), blocked);
  assert.deepEqual(net.dialed, []);
});

Deno.test("where a redirect could lead to is looked at too", async () => {
  await using net = await EgressFixture.open();
  net.names.set("api.test", ["127.0.0.1"]);
  net.names.set("rebound.test", ["192.168.0.1"]);
  const caller = callerOf("a", [
    ...["net:direct:api.test", "net:direct:rebound.test", "net:direct:gone.test"],
  ]);
  const url = "https://api.test/";
  await assert.rejects(net.egress.direct.check(caller, { url, follow: true }), blocked);
  assert.equal(await net.egress.direct.check(caller, { url, follow: false }), true);
});

Deno.test("an app cannot keep the resolver busy", async () => {
  await using net = await EgressFixture.open();
  net.names.set("api.test", ["127.0.0.1"]);
  const caller = callerOf("a", ["net:direct:api.test"]);
  for (let i = 0; i < 50; i++) {
    await net.egress.direct.check(caller, { url: "https://api.test/", follow: true });
  }
  assert.ok(net.asked.length < 5, `${net.asked.length} look-ups`);
});
