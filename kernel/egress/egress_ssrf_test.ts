import assert from "node:assert/strict";
import { callerOf, EgressFixture, textOf } from "./testing.ts";
import type { FaztError } from "../lib/fazt_error.ts";

const app = callerOf("a");
const BY = { userId: "usr_owner" };
const blocked = { code: "NET_BLOCKED" };

Deno.test("an address that is not public is refused before anything is sent", async () => {
  await using net = await EgressFixture.open();
  net.open.clear();
  for (
    const host of [
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "169.254.169.254",
      "10.0.0.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "[fd00:ec2::254]",
      "[64:ff9b::7f00:1]",
      "0.0.0.0",
    ]
  ) {
    await assert.rejects(net.egress.fetch(app, { url: `http://${host}:8080/` }), blocked, host);
  }
  assert.deepEqual([net.asked, net.dialed], [[], []]);
});

Deno.test("a name with one private address among public ones is refused", async () => {
  await using net = await EgressFixture.open();
  for (const address of ["10.0.0.1", "::1", "::ffff:127.0.0.9", "169.254.169.254", "fe80::1"]) {
    for (const answer of [[address], ["127.0.0.1", address], [address, "127.0.0.1"]]) {
      net.names.set("evil.test", answer);
      await assert.rejects(
        net.egress.fetch(app, { url: "http://evil.test/" }),
        (error: FaztError) =>
          error.code === "NET_BLOCKED" && !JSON.stringify(error.toBody()).includes(address),
      );
    }
  }
  assert.deepEqual(net.dialed, []);
});

Deno.test("a name that changes its address is connected to where it was judged", async () => {
  await using net = await EgressFixture.open();
  const good = net.serve("rebind.test", () => new Response("public"), "127.0.0.2");
  const port = Number(new URL(good).port);
  net.serve("private.test", () => new Response("private"), "127.0.0.3", port);
  net.open.delete("127.0.0.3");
  let turn = 0;
  net.names.set("rebind.test", () => turn++ % 2 === 0 ? ["127.0.0.2"] : ["127.0.0.3"]);

  const response = await net.egress.fetch(app, { url: `${good}/` });
  assert.equal(await textOf(response), "public");
  assert.deepEqual(net.asked, ["rebind.test"]);
  assert.deepEqual(net.dialed, ["127.0.0.2"]);
  await assert.rejects(net.egress.fetch(app, { url: `${good}/` }), blocked);
  assert.deepEqual(net.dialed, ["127.0.0.2"]);
});

Deno.test("every redirect is judged like a first request", async () => {
  await using net = await EgressFixture.open();
  let to = "";
  const origin = net.serve(
    "api.test",
    () => new Response(null, { status: 302, headers: { location: to } }),
  );
  net.names.set("inside.test", ["127.0.0.9"]);
  net.names.set("metadata.test", ["::ffff:169.254.169.254"]);
  for (
    to of [
      "http://127.0.0.9:9/",
      "http://0x7f.0.0.9/",
      "//[::1]:9/",
      "http://inside.test/",
      "http://metadata.test/",
      "http://localhost:8080/",
      "http://admin.localhost/",
      "http://api.test:25/",
      "https://user:pass@api.test/",
      "file:///etc/passwd",
      "data:text/plain,hello",
    ]
  ) {
    await assert.rejects(net.egress.fetch(app, { url: origin }), blocked, to);
  }
  assert.ok(net.dialed.every((address) => address === "127.0.0.1"));
  const narrow = callerOf("b", ["net:fetch:api.test"]);
  net.serve("other.test", () => new Response("reached"));
  to = "http://other.test/";
  await assert.rejects(net.egress.fetch(narrow, { url: origin }), blocked);
});

Deno.test("an app reaches the hosts it was granted and no other", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.example.test", () => new Response("ok"));
  const port = new URL(origin).port;
  const reach = async (...grants: string[]) => {
    const response = await net.egress.fetch(callerOf("a", grants), { url: origin });
    return await textOf(response);
  };
  for (
    const grant of [
      "net:fetch",
      "net:fetch:api.example.test",
      "net:fetch:*.example.test",
      `net:fetch:api.example.test:${port}`,
    ]
  ) {
    assert.equal(await reach("storage:kv", grant), "ok", grant);
  }
  for (
    const grant of [
      "storage:kv",
      "net:fetch:example.test",
      "net:fetch:api.example.test:1",
      "net:direct:api.example.test",
    ]
  ) {
    await assert.rejects(reach(grant), blocked, grant);
  }
  await assert.rejects(
    reach("storage:kv"),
    (error: FaztError) => /app grants approve a net:fetch:api\.example\.test/.test(error.hint!),
  );
});

Deno.test("the owner's rules narrow what grants open", async () => {
  await using net = await EgressFixture.open();
  const one = net.serve("one.test", () => new Response("one"));
  const two = net.serve("two.test", () => new Response("two"));
  await net.egress.allow({ pattern: "one.test", ...BY });
  assert.equal(await textOf(await net.egress.fetch(app, { url: one })), "one");
  await assert.rejects(net.egress.fetch(app, { url: two }), blocked);
  await net.egress.allow({ appId: app.appId, pattern: "two.test", ...BY });
  assert.equal(await textOf(await net.egress.fetch(app, { url: two })), "two");
  await net.egress.deny({ pattern: "*.test", ...BY });
  await assert.rejects(net.egress.fetch(app, { url: one }), blocked);
  assert.equal(net.egress.rules().length, 3);
  await net.egress.removeRule({ pattern: "*.test" });
  assert.equal(await textOf(await net.egress.fetch(app, { url: one })), "one");
});

Deno.test("the node's own names are refused", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("server.domain", "cloud.test", net.store.now);
  for (const host of ["cloud.test", "CLOUD.test.", "admin.cloud.test", "app.cloud.test"]) {
    net.names.set(host.toLowerCase(), ["127.0.0.1"]);
    await assert.rejects(net.egress.fetch(app, { url: `http://${host}/` }), blocked, host);
  }
  assert.deepEqual(net.asked, []);
});

Deno.test("what an error says is the same whether or not a private address would answer", async () => {
  await using net = await EgressFixture.open();
  const alive = net.serve("inside.test", () => new Response("secret"), "127.0.0.4");
  net.open.delete("127.0.0.4");
  const say = (url: string) =>
    net.egress.fetch(app, { url }).then(() => "answered", (error: FaztError) => error.toBody());
  const open = await say(`http://127.0.0.4:${new URL(alive).port}/`);
  const closed = await say("http://127.0.0.4:9999/");
  assert.deepEqual(open, closed);
});
