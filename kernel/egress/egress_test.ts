import assert from "node:assert/strict";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");

Deno.test("a request arrives as it was meant, and its answer comes back", async () => {
  await using net = await EgressFixture.open();
  const origin = net.serve("api.test", async (request) => {
    const { method, headers } = request;
    const sent = { method, url: request.url, body: await request.text() };
    const answer = JSON.stringify({ ...sent, headers: Object.fromEntries(headers) });
    return new Response(answer, {
      status: 201,
      headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-a", "1"]],
    });
  });
  const response = await net.egress.fetch(app, {
    url: `${origin}/things?q=%C3%A9&b#fragment`,
    method: "post",
    headers: [["X-Token", "1"], ["Host", "evil.test"], ["Content-Length", "99"]],
    body: new TextEncoder().encode("hello"),
  });
  assert.equal(response.status, 201);
  assert.equal(response.statusText, "Created");
  assert.equal(response.url, `${origin}/things?q=%C3%A9&b`);
  assert.equal(response.redirected, false);
  assert.deepEqual(response.headers.filter(([name]) => name === "set-cookie"), [
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  const seen = JSON.parse(await textOf(response));
  assert.equal(seen.method, "POST");
  assert.equal(seen.url, `${origin}/things?q=%C3%A9&b`);
  assert.equal(seen.body, "hello");
  assert.deepEqual(seen.headers, {
    "host": origin.slice(7),
    "x-token": "1",
    "user-agent": "fazt",
    "accept": "*/*",
    "accept-encoding": "gzip, br",
    "content-length": "5",
    "connection": "close",
  });
});
