import assert from "node:assert/strict";
import type { FaztError } from "../lib/fazt_error.ts";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");
const BY = { userId: "usr_owner" };
const VALUE = "s3cret+/=& value";

/** A server that tells what it was sent. */
const echo = (request: Request) =>
  Response.json({ url: request.url, headers: Object.fromEntries(request.headers) });

Deno.test("a secret is carried the way it is asked for", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", echo);
  await net.secrets.set({ appId: app.appId, name: "KEY", value: VALUE, ...BY });
  const send = async (authMode?: string, url = `${origin}/?a=%20b`) => {
    const headers = [["authorization", "mine"]] as const;
    const response = await net.egress.fetch(app, { url, headers, auth: "KEY", authMode });
    return { url: response.url, seen: JSON.parse(await textOf(response)) };
  };
  assert.equal((await send()).seen.headers.authorization, `Bearer ${VALUE}`);
  assert.equal((await send("bearer")).seen.headers.authorization, `Bearer ${VALUE}`);
  assert.equal((await send("basic")).seen.headers.authorization, `Basic ${btoa(VALUE)}`);
  const header = await send("header:X-Api-Key");
  assert.equal(header.seen.headers["x-api-key"], VALUE);
  assert.equal(header.seen.headers.authorization, "mine");
  const query = await send("query:api key");
  assert.equal(query.seen.url, `${origin}/?a=%20b&api%20key=${encodeURIComponent(VALUE)}`);
  assert.equal(query.url, `${origin}/?a=%20b`);
  const replaced = await send("query:a");
  assert.equal(replaced.seen.url, `${origin}/?a=${encodeURIComponent(VALUE)}`);
});

Deno.test("a secret goes to its hosts only, and to its app's requests only", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", echo);
  const evil = net.serve("evil.test", echo);
  await net.secrets.set({
    appId: app.appId,
    name: "KEY",
    value: VALUE,
    hosts: ["*.test:1", "api.test"],
    ...BY,
  });
  await textOf(await net.egress.fetch(app, { url: origin, auth: "KEY" }));
  const refusals = [
    [app, { url: evil, auth: "KEY" }],
    [app, { url: origin, auth: "OTHER" }],
    [callerOf("b"), { url: origin, auth: "KEY" }],
    [app, { url: origin, auth: "KEY", authMode: "header:host" }],
    [app, { url: origin, auth: "KEY", authMode: "header:a b" }],
    [app, { url: origin, auth: "KEY", authMode: "cookie" }],
  ] as const;
  for (const [caller, request] of refusals) {
    await assert.rejects(net.egress.fetch(caller, request), { code: "NET_AUTH" });
  }
  assert.equal(net.dialed.length, 1);
});

Deno.test("a secret that a header cannot carry is refused without being shown", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", echo);
  await net.secrets.set({ name: "KEY", value: "s3cret\r\nhost: evil.test", ...BY });
  await assert.rejects(
    net.egress.fetch(app, { url: origin, auth: "KEY" }),
    (error: FaztError) =>
      error.code === "NET_AUTH" && !JSON.stringify(error.toBody()).includes("s3cret"),
  );
  const basic = await net.egress.fetch(app, { url: origin, auth: "KEY", authMode: "basic" });
  assert.match(JSON.parse(await textOf(basic)).headers.authorization, /^Basic [A-Za-z0-9+/]+=*$/);
});

Deno.test("a secret never follows a redirect to another origin, not even back", async () => {
  await using net = await EgressFixture.open();
  let to = "";
  const origin = net.serve("api.test", (request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/end") return echo(request);
    return new Response(null, { status: 307, headers: { location: to + search } });
  });
  const other = net.serve(
    "other.test",
    (request) =>
      new URL(request.url).pathname === "/back"
        ? new Response(null, { status: 307, headers: { location: `${origin}/end` } })
        : echo(request),
  );
  await net.secrets.set({ name: "KEY", value: VALUE, ...BY });
  const arrives = async (location: string, authMode: string) => {
    to = location;
    const response = await net.egress.fetch(app, { url: `${origin}/`, auth: "KEY", authMode });
    assert.ok(!decodeURIComponent(response.url).includes(VALUE));
    const text = decodeURIComponent(await textOf(response));
    return text.includes(VALUE) || text.includes(btoa(VALUE));
  };
  for (const mode of ["bearer", "basic", "header:x-key", "query:key"]) {
    assert.equal(await arrives("/end", mode), true, mode);
    assert.equal(await arrives(`${other}/`, mode), false, mode);
    assert.equal(await arrives(`${other}/back`, mode), false, mode);
    // The same name on another port is another origin.
    assert.equal(await arrives(`${other.replace("other.test", "api.test")}/`, mode), false, mode);
  }
});

Deno.test("a server that sends a secret back in its location does not tell the app", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", (request) => {
    const { search } = new URL(request.url);
    return new Response(null, { status: 302, headers: { location: `/next${search}` } });
  });
  await net.secrets.set({ name: "KEY", value: VALUE, ...BY });
  const response = await net.egress.fetch(app, {
    ...{ url: `${origin}/?a=1`, auth: "KEY", authMode: "query:key", redirect: "manual" },
  });
  await response.body?.cancel();
  assert.deepEqual(
    response.headers.find(([name]) => name === "location")?.[1],
    `${origin}/next?a=1`,
  );
});

Deno.test("no log, error or usage report holds the value of a secret", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", echo);
  await net.secrets.set({ name: "KEY", value: VALUE, ...BY });
  const errors: unknown[] = [];
  for (const authMode of ["bearer", "query:key", "header:x"]) {
    const request = { auth: "KEY", authMode, cache: "5m" };
    await textOf(await net.egress.fetch(app, { url: origin, ...request }));
    for (const url of ["http://127.0.0.9/", "http://nowhere.test/", "http://api.test:1024/"]) {
      await net.egress.fetch(app, { url, ...request }).catch((error) => errors.push(error));
    }
  }
  assert.equal(errors.length, 9);
  const told = [await net.lines(), errors.map((e) => [(e as FaztError).toBody(), Deno.inspect(e)])];
  const text = JSON.stringify([...told, net.egress.usage(), net.egress.rules()]);
  for (const form of [VALUE, btoa(VALUE), encodeURIComponent(VALUE)]) {
    assert.ok(!text.includes(form), form);
  }
});

Deno.test("a name that may be the secret itself is not repeated", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", echo);
  await assert.rejects(
    net.egress.fetch(app, { url: origin, auth: "sk_live_pasted" }),
    (error: FaztError) => !JSON.stringify(error.toBody()).includes("sk_live_pasted"),
  );
  assert.deepEqual((await net.lines()).map(({ code }) => code), ["NET_AUTH"]);
});
