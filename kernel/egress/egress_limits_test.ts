import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");
const other = callerOf("b");

Deno.test("an app sends so many requests a minute, and others are not held up by it", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.perMinute", 3, net.store.now);
  const url = net.serve("api.test", () => new Response("ok"));
  for (let i = 0; i < 3; i++) await textOf(await net.egress.fetch(app, { url }));
  for (let i = 0; i < 3; i++) {
    await assert.rejects(net.egress.fetch(app, { url }), (error: FaztError) => {
      const details = error.details as Record<string, unknown>;
      assert.deepEqual([error.code, error.status], ["NET_RATE", 429]);
      assert.deepEqual([details.limit, details.used, details.max], ["net.perMinute", 3, 3]);
      return Number(details.retryAfterMs) > 0;
    });
  }
  await textOf(await net.egress.fetch(other, { url }));
  assert.equal(net.dialed.length, 4);
  // Being refused so is said once in the log.
  const codes = (await net.lines()).map(({ code }) => code);
  assert.deepEqual(codes.filter((code) => code !== undefined), ["NET_RATE"]);
  net.store.now += 120_000;
  await textOf(await net.egress.fetch(app, { url }));
});

Deno.test("all apps together send so many requests a minute", async () => {
  await using net = await EgressFixture.open();
  await net.store.settings.set("limits.net.perMinuteGlobal", 2, net.store.now);
  const url = net.serve("api.test", () => new Response("ok"));
  for (const caller of [app, other]) await textOf(await net.egress.fetch(caller, { url }));
  await assert.rejects(
    net.egress.fetch(callerOf("c"), { url }),
    (error: FaztError) => (error.details as { limit: string }).limit === "net.perMinuteGlobal",
  );
  const { minute, apps } = net.egress.usage();
  assert.equal(minute, 2);
  assert.deepEqual(apps.map(({ appId, minute }) => [appId, minute]), [
    ["app_a", 1],
    ["app_b", 1],
    ["app_c", 0],
  ]);
});

Deno.test("redirects, attempts and refused requests count, cached answers do not", async () => {
  await using net = await EgressFixture.open();
  const url = net.serve(
    "api.test",
    (request) =>
      new URL(request.url).pathname === "/go" ? Response.redirect(`${url}/`, 302) : new Response(),
  );
  const used = () => net.egress.usage().minute;
  await textOf(await net.egress.fetch(app, { url: `${url}/go`, cache: "1h" }));
  assert.equal(used(), 2);
  await textOf(await net.egress.fetch(app, { url: `${url}/go`, cache: "1h" }));
  assert.equal(used(), 2);
  for (const bad of ["http://127.0.0.9/", "http://localhost/", "http://u:p@api.test/"]) {
    await assert.rejects(net.egress.fetch(app, { url: bad }), { code: "NET_BLOCKED" });
  }
  await assert.rejects(net.egress.fetch(app, { url, auth: "NONE" }), { code: "NET_AUTH" });
  assert.equal(used(), 6);
});

Deno.test("an app holds so many answers open, until it reads or cancels one", async () => {
  await using net = await EgressFixture.open();
  const url = net.serve(
    "api.test",
    () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) })),
  );
  const open = await Promise.all(
    Array.from({ length: 64 }, () => net.egress.fetch(app, { url })),
  );
  assert.equal(net.egress.usage().open, 64);
  await assert.rejects(net.egress.fetch(app, { url }), { code: "NET_LIMIT" });
  const one = await net.egress.fetch(other, { url });
  await open[0]!.body!.cancel();
  const another = await net.egress.fetch(app, { url });
  for (const response of [...open.slice(1), one, another]) await response.body!.cancel();
  assert.equal(net.egress.usage().open, 0);
});

Deno.test("limits are the settings as they are now", async () => {
  await using net = await EgressFixture.open();
  const requests = { perMinute: 100, perMinuteGlobal: 500, outMb: 10, inMb: 50, seconds: 60 };
  const defaults = { ...requests, sockets: 20, socketIdleSeconds: 300 };
  assert.deepEqual(net.egress.limits(), defaults);
  await net.store.settings.set("limits.net.seconds", 5, net.store.now);
  assert.deepEqual(net.egress.limits(), { ...defaults, seconds: 5 });
});

Deno.test("closing gives up what is open", async () => {
  const net = await EgressFixture.open();
  const url = net.serve(
    "api.test",
    () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) })),
  );
  const response = await net.egress.fetch(app, { url });
  await net.egress.close();
  await assert.rejects(textOf(response), { code: "NET_ERROR" });
  await assert.rejects(net.egress.fetch(app, { url }), { code: "NET_ERROR" });
  assert.equal(net.egress.usage().open, 0);
  await net[Symbol.asyncDispose]();
});
