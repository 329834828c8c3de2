import assert from "node:assert/strict";
import { retryAfter } from "./retry.ts";
import { callerOf, EgressFixture, textOf } from "./testing.ts";

const app = callerOf("a");
const bytes = (text: string) => new TextEncoder().encode(text);

/** A server that answers with each status once, the last for ever, and counts. */
function failing(net: EgressFixture, statuses: readonly number[], headers: HeadersInit = {}) {
  const seen = { count: 0, bodies: [] as string[] };
  const origin = net.serve("api.test", async (request) => {
    seen.bodies.push(await request.text());
    const status = statuses[Math.min(seen.count++, statuses.length - 1)]!;
    return new Response(`answer ${seen.count}`, { status, headers });
  });
  return { origin, seen };
}

Deno.test("a request is tried again until it is answered well", async () => {
  await using net = await EgressFixture.open();
  const { origin, seen } = failing(net, [503, 429, 200]);
  const response = await net.egress.fetch(app, { url: origin, retry: 3, retryDelay: 1 });
  assert.equal(await textOf(response), "answer 3");
  assert.equal(seen.count, 3);
  assert.deepEqual((await net.lines()).map(({ status }) => status), [503, 429, 200]);
});

Deno.test("the last answer counts when the attempts are used up", async () => {
  await using net = await EgressFixture.open();
  const { origin, seen } = failing(net, [503]);
  const response = await net.egress.fetch(app, { url: origin, retry: 2, retryDelay: "1ms" });
  assert.equal(response.status, 503);
  assert.equal(await textOf(response), "answer 3");
  assert.equal(seen.count, 3);
});

Deno.test("without being asked nothing is tried twice, and never an ordinary refusal", async () => {
  await using net = await EgressFixture.open();
  const { origin, seen } = failing(net, [503, 404]);
  await textOf(await net.egress.fetch(app, { url: origin }));
  await textOf(await net.egress.fetch(app, { url: origin, retry: 3, retryDelay: 1 }));
  assert.equal(seen.count, 2);
});

Deno.test("a POST is repeated only when statuses are named, with its body", async () => {
  await using net = await EgressFixture.open();
  const { origin, seen } = failing(net, [503, 503, 200]);
  const post = { url: origin, method: "POST", body: bytes("pay"), retry: 3, retryDelay: 1 };
  await textOf(await net.egress.fetch(app, post));
  assert.equal(seen.count, 1);
  await textOf(await net.egress.fetch(app, { ...post, retryOn: [503] }));
  assert.deepEqual(seen.bodies, ["pay", "pay", "pay"]);
});

Deno.test("a body that was a stream is not sent twice", async () => {
  await using net = await EgressFixture.open();
  const { origin, seen } = failing(net, [503]);
  const body = ReadableStream.from([bytes("once")]);
  const request = { url: origin, method: "PUT", body, retry: 3, retryDelay: 1 };
  assert.equal((await net.egress.fetch(app, request)).status, 503);
  assert.equal(seen.count, 1);
});

Deno.test("a connection that fails is tried again, a refusal of the node is not", async () => {
  await using net = await EgressFixture.open();
  let turn = 0;
  const { origin } = failing(net, [200]);
  net.names.set("api.test", () => {
    if (turn++ === 0) throw new Error("SERVFAIL");
    return ["127.0.0.1"];
  });
  const retrying = { retry: 1, retryDelay: 1 };
  assert.equal((await net.egress.fetch(app, { url: origin, ...retrying })).status, 200);
  net.names.set("evil.test", ["10.0.0.1"]);
  net.asked.length = 0;
  await assert.rejects(net.egress.fetch(app, { url: "http://evil.test/", ...retrying }), {
    code: "NET_BLOCKED",
  });
  assert.equal(net.asked.length, 1);
});

Deno.test("a server that says when to come back is obeyed if there is time", async () => {
  await using net = await EgressFixture.open();
  const soon = failing(net, [503, 200], { "retry-after": "1" });
  const before = performance.now();
  await textOf(await net.egress.fetch(app, { url: soon.origin, retry: 1, retryDelay: 1 }));
  assert.ok(performance.now() - before > 950);
  assert.equal(soon.seen.count, 2);
  const late = failing(net, [503], { "retry-after": "3600" });
  const response = await net.egress.fetch(app, { url: late.origin, retry: 5, retryDelay: 1 });
  assert.equal(response.status, 503);
  assert.equal(late.seen.count, 1);
  await response.body?.cancel();
});

Deno.test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfter("120", now), 120_000);
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now), 30_000);
  assert.equal(retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(retryAfter("soon", now), 0);
  assert.equal(retryAfter(undefined, now), 0);
});

Deno.test("what is no plan for attempts or a cache is refused", async () => {
  await using net = await EgressFixture.open();
  const url = "http://api.test/";
  for (
    const wrong of [
      { retry: -1 },
      { retry: Number.NaN },
      { retry: 1, retryBackoff: 0 },
      { retry: 1, retryDelay: "soon" },
      { retry: 1, retryDelay: -5 },
      { retryOn: [200] },
      { retryOn: ["ECONNRESET"] },
      { cache: "forever" },
      { cache: -1 },
      { method: "POST", cache: "5m" },
      { method: "GET", body: bytes("x") },
      { method: "GE T" },
      { headers: [["a\n", "b"] as const] },
    ]
  ) {
    await assert.rejects(net.egress.fetch(app, { url, ...wrong }), { code: "INVALID" });
  }
  for (const method of ["CONNECT", "trace", "TRACK"]) {
    await assert.rejects(net.egress.fetch(app, { url, method }), { code: "NET_BLOCKED" });
  }
});
