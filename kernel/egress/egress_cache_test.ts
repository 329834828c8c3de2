import assert from "node:assert/strict";
import { callerOf, EgressFixture, textOf } from "./testing.ts";
import type { EgressRequest } from "./request.ts";

const app = callerOf("a");
const BY = { userId: "usr_owner" };

/** A server whose every answer is another one. */
function counting(net: EgressFixture, status = 200, size = 0) {
  let count = 0;
  return net.serve(
    "api.test",
    () =>
      new Response(`${++count}${"x".repeat(size)}`, { status, headers: { "x-count": `${count}` } }),
  );
}

async function get(net: EgressFixture, request: EgressRequest, caller = app) {
  return await textOf(await net.egress.fetch(caller, request));
}

Deno.test("an answer is used again for as long as it was asked to be kept", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  assert.equal(await get(net, { url, cache: "5m" }), "1");
  const cached = await net.egress.fetch(app, { url, cache: "5m" });
  assert.deepEqual([cached.cached, cached.status, cached.url], [true, 200, `${url}/`]);
  assert.ok(cached.headers.some(([name, value]) => name === "x-count" && value === "1"));
  assert.equal(await textOf(cached), "1");
  later(net, 5 * 60_000);
  assert.equal(await get(net, { url, cache: "5m" }), "2");
  assert.equal(await get(net, { url }), "3");
  assert.equal(net.dialed.length, 3);
});

Deno.test("an answer can be asked for anew, and is kept then", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  await get(net, { url, cache: 1000 });
  assert.equal(await get(net, { url, cache: 1000, cacheRefresh: true }), "2");
  assert.equal(await get(net, { url, cache: 1000 }), "2");
});

Deno.test("apps never get each other's answers, whatever they call them", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  const other = callerOf("b");
  for (const more of [{}, { cacheKey: "same" }, { cacheKey: `","app_b` }]) {
    const own = await get(net, { url, cache: "1h", ...more });
    assert.notEqual(await get(net, { url, cache: "1h", ...more }, other), own);
    assert.equal(await get(net, { url, cache: "1h", ...more }), own);
  }
});

Deno.test("what makes another request makes another answer, unless a key says which", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  await net.secrets.set({ name: "KEY", value: "one", ...BY });
  await net.secrets.set({ name: "TWO", value: "one", ...BY });
  const requests: EgressRequest[] = [
    { url },
    { url: `${url}/?a` },
    { url, method: "HEAD" },
    { url, headers: [["accept", "text/plain"]] },
    { url, redirect: "manual" },
    { url, auth: "KEY" },
    { url, auth: "TWO" },
    { url, auth: "KEY", authMode: "basic" },
    { url, cacheKey: "k" },
  ];
  for (const request of requests) await get(net, { ...request, cache: "1h" });
  assert.equal(net.dialed.length, requests.length);
  assert.equal(net.egress.usage().cache.entries, requests.length);
  await get(net, { url: `${url}/?other`, cacheKey: "k", cache: "1h" });
  assert.equal(net.dialed.length, requests.length);
  later(net, 1);
  await net.secrets.set({ name: "KEY", value: "two", ...BY });
  await get(net, { url, auth: "KEY", cache: "1h" });
  assert.equal(net.dialed.length, requests.length + 1);
});

Deno.test("a cached answer is no way around what is not allowed any more", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  await get(net, { url, cache: "1h" });
  const stripped = callerOf("a", []);
  await assert.rejects(net.egress.fetch(stripped, { url, cache: "1h" }), { code: "NET_BLOCKED" });
  await net.egress.deny({ pattern: "api.test", ...BY });
  await assert.rejects(net.egress.fetch(app, { url, cache: "1h" }), { code: "NET_BLOCKED" });
});

Deno.test("only whole, good and small answers are kept", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  const half = await net.egress.fetch(app, { url, cache: "1h" });
  await half.body!.cancel();
  const missing = counting(net, 404);
  await get(net, { url: missing, cache: "1h" });
  const large = counting(net, 200, 2 * 1024 * 1024);
  await get(net, { url: large, cache: "1h" });
  assert.deepEqual(net.egress.usage().cache, { bytes: 0, entries: 0 });
});

Deno.test("what was kept is forgotten on demand, for one app or for all", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  const other = callerOf("b");
  const read = () => Promise.all([app, other].map((who) => get(net, { url, cache: "1h" }, who)));
  const first = await read();
  assert.deepEqual(await read(), first);
  net.egress.clearCache(app.appId);
  const second = await read();
  assert.notEqual(second[0], first[0]);
  assert.equal(second[1], first[1]);
  net.egress.clearCache();
  assert.equal(net.egress.usage().cache.entries, 0);
});

Deno.test("a reader that changes its copy does not change what is kept", async () => {
  await using net = await EgressFixture.open();
  const url = counting(net);
  await get(net, { url, cache: "1h" });
  const { body } = await net.egress.fetch(app, { url, cache: "1h" });
  const { value } = await body!.getReader().read();
  value!.fill(0);
  assert.equal(await get(net, { url, cache: "1h" }), "1");
});

/** Lets time pass. */
function later(net: EgressFixture, ms: number): void {
  net.store.now += ms;
}
