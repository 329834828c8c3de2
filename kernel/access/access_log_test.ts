import assert from "node:assert/strict";
import { withApps } from "../apps/testing.ts";
import { Settings } from "../config/mod.ts";
import { AccessLog, type Answered } from "./mod.ts";
import { shortAddress } from "./short_address.ts";

const answered = (more: Partial<Answered> = {}): Answered => ({
  request: new Request("http://web.example/a?secret=1", {
    headers: { "user-agent": "x".repeat(999) },
  }),
  response: new Response("hello", { headers: { "content-length": "5" } }),
  appId: "app_a",
  path: "/a",
  host: "web.example",
  secure: true,
  address: () => "203.0.113.77",
  ms: 12.4,
  ...more,
});

Deno.test(
  "what failed or was slow is always worth a line, of the rest one in so many",
  withApps((t) => {
    const settings = Settings.load(t.db, {
      flags: { "access.sampleEvery": 4, "access.slowMs": 500 },
    });
    const log = new AccessLog(t.db, settings, () => t.now);
    assert.equal(log.why(500, 1), "error");
    assert.equal(log.why(404, 500), "slow");
    const seen = Array.from({ length: 8 }, () => log.why(200, 1));
    assert.deepEqual(seen.map((why) => why ?? ""), ["", "", "", "sample", "", "", "", "sample"]);
    const none = Settings.load(t.db, { flags: { "access.sampleEvery": 0 } });
    const quiet = new AccessLog(t.db, none, () => t.now);
    assert.equal(Array.from({ length: 500 }, () => quiet.why(200, 1)).some(Boolean), false);
    return Promise.resolve();
  }),
);

Deno.test(
  "lines are kept without query and person, found by app and reason, and end with their age",
  withApps(async (t) => {
    const settings = Settings.load(t.db, { flags: { "access.keepLines": 100 } });
    const log = new AccessLog(t.db, settings, () => t.now);
    log.append("slow", answered());
    log.append(
      "error",
      answered({ appId: undefined, response: new Response(null, { status: 503 }) }),
    );
    await log.flush();
    const [node, web] = log.list();
    assert.partialDeepStrictEqual(node!, { why: "error", status: 503 });
    assert.equal(node!.appId, undefined);
    assert.partialDeepStrictEqual(web!, {
      appId: "app_a",
      path: "/a",
      bytes: 5,
      ms: 12,
      address: "203.0.113.0",
      agent: "x".repeat(300),
      secure: true,
    });
    assert.deepEqual(log.list({ appId: "app_a" }), [web]);
    assert.deepEqual(log.list({ appId: "" }), [node]);
    assert.deepEqual(log.list({ why: "slow", before: node!.id }), [web]);
    assert.deepEqual(log.list({ status: 500 }), [node]);
    for (let n = 0; n < 150; n++) log.append("sample", answered());
    await log.flush();
    await log.cleanup();
    assert.equal(log.list({ limit: 1000 }).length, 100);
    t.now += 8 * 86_400_000;
    await log.cleanup();
    assert.deepEqual(log.list(), []);
  }),
);

Deno.test(
  "a flood leaves some lines, and a count of the others",
  withApps(async (t) => {
    const log = new AccessLog(t.db, t.settings, () => t.now);
    for (let n = 0; n < 2500; n++) log.append("error", answered());
    assert.equal(log.dropped, 500);
    await log.flush();
    assert.equal(log.list({ limit: 1 }).length, 1);
  }),
);

Deno.test("a shortened address is a network, in whichever spelling it came", () => {
  assert.equal(shortAddress("203.0.113.77", "short"), "203.0.113.0");
  assert.equal(shortAddress("::ffff:203.0.113.77", "short"), "203.0.113.0");
  assert.equal(shortAddress("2001:db8:1:2::9", "short"), "2001:db8:1::");
  assert.equal(shortAddress("203.0.113.77", "full"), "203.0.113.77");
  assert.equal(shortAddress("203.0.113.77", "none"), "");
  assert.equal(shortAddress(undefined, "full"), "");
});
