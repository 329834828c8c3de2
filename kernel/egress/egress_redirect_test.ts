import assert from "node:assert/strict";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");
const bytes = (text: string) => new TextEncoder().encode(text);

/** A server that redirects `/<status>` to wherever it is told, and tells what else it gets. */
function redirecting(net: EgressFixture, name: string, to: () => string): string {
  return net.serve(name, async (request) => {
    const status = Number(new URL(request.url).pathname.slice(1));
    if (status >= 300) return new Response(null, { status, headers: { location: to() } });
    const { method, headers } = request;
    return Response.json({
      method,
      body: await request.text(),
      headers: Object.fromEntries(headers),
    });
  });
}

Deno.test("methods and bodies change on a redirect as the Fetch standard says", async () => {
  await using net = await EgressFixture.open();
  const origin = redirecting(net, "api.test", () => "/");
  const cases = [
    [301, "POST", "GET", ""],
    [302, "POST", "GET", ""],
    [302, "PUT", "PUT", "hello"],
    [303, "POST", "GET", ""],
    [303, "PUT", "GET", ""],
    [307, "POST", "POST", "hello"],
    [308, "PATCH", "PATCH", "hello"],
  ] as const;
  for (const [status, method, becomes, body] of cases) {
    const response = await net.egress.fetch(app, {
      url: `${origin}/${status}`,
      method,
      body: bytes("hello"),
      headers: [["content-type", "text/plain"], ["x-kept", "1"]],
    });
    assert.equal(response.redirected, true);
    assert.equal(response.url, `${origin}/`);
    const seen = JSON.parse(await textOf(response));
    assert.equal(seen.method, becomes, `${method} ${status}`);
    assert.equal(seen.body, body);
    assert.equal(seen.headers["content-type"], body ? "text/plain" : undefined);
    assert.equal(seen.headers["x-kept"], "1");
  }
});

Deno.test("credentials stay with the origin they were meant for", async () => {
  await using net = await EgressFixture.open();
  let to = "";
  const origin = redirecting(net, "api.test", () => to);
  const other = redirecting(net, "other.test", () => `${origin}/`);
  const headers = [["Authorization", "Bearer own"], ["Cookie", "a=1"], ["x-kept", "1"]] as const;
  const seen = async () =>
    JSON.parse(await textOf(await net.egress.fetch(app, { url: `${origin}/302`, headers })))
      .headers;
  to = "/";
  assert.equal((await seen()).authorization, "Bearer own");
  for (to of [`${other}/`, `${other}/302`]) {
    const { authorization, cookie, ...rest } = await seen();
    assert.deepEqual([authorization, cookie, rest["x-kept"]], [undefined, undefined, "1"], to);
  }
});

Deno.test("a redirect can be shown or refused instead", async () => {
  await using net = await EgressFixture.open();
  const origin = redirecting(net, "api.test", () => "/there");
  const manual = await net.egress.fetch(app, { url: `${origin}/302`, redirect: "manual" });
  assert.equal(manual.status, 302);
  assert.equal(manual.redirected, false);
  assert.deepEqual(manual.headers.find(([name]) => name === "location"), ["location", "/there"]);
  await manual.body?.cancel();
  await assert.rejects(
    net.egress.fetch(app, { url: `${origin}/302`, redirect: "error" }),
    { code: "NET_ERROR" },
  );
});

Deno.test("a circle of redirects ends after ten", async () => {
  await using net = await EgressFixture.open();
  let hits = 0;
  const origin = redirecting(net, "api.test", () => {
    hits++;
    return "/302";
  });
  await assert.rejects(net.egress.fetch(app, { url: `${origin}/302` }), { code: "NET_LIMIT" });
  assert.equal(hits, 11);
});

Deno.test("a redirect that leads nowhere is an error, one without a location an answer", async () => {
  await using net = await EgressFixture.open();
  const origin = redirecting(net, "api.test", () => "http://");
  await assert.rejects(net.egress.fetch(app, { url: `${origin}/302` }), { code: "NET_ERROR" });
  const bare = net.serve("bare.test", () => new Response("here", { status: 302 }));
  assert.equal(await textOf(await net.egress.fetch(app, { url: bare })), "here");
});

Deno.test("a body that was a stream cannot be sent to where it is redirected", async () => {
  await using net = await EgressFixture.open();
  const origin = redirecting(net, "api.test", () => "/");
  const post = (status: number) =>
    net.egress.fetch(app, {
      url: `${origin}/${status}`,
      method: "POST",
      body: ReadableStream.from([bytes("hello")]),
    });
  await assert.rejects(post(307), { code: "NET_ERROR" });
  assert.equal(JSON.parse(await textOf(await post(303))).method, "GET");
});

Deno.test("each leg is a line of the log, without its query", async () => {
  await using net = await EgressFixture.open();
  const origin = redirecting(net, "api.test", () => "/?token=hunter2");
  await textOf(await net.egress.fetch(app, { url: `${origin}/302?key=hunter2` }));
  await assert.rejects(net.egress.fetch(app, { url: "http://127.0.0.9/x?key=hunter2" }));
  const lines = await net.lines();
  assert.deepEqual(lines.map(({ path, status, code }) => [path, status, code]), [
    ["/302", 302, undefined],
    ["/", 200, undefined],
    ["/x", undefined, "NET_BLOCKED"],
  ]);
  assert.equal(lines[1]!.host, new URL(origin).host);
  assert.ok(lines[1]!.bytesIn > 0);
  assert.ok(!JSON.stringify(lines).includes("hunter2"));
});
