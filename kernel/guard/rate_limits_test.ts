import assert from "node:assert/strict";
import type { Settings } from "../config/mod.ts";
import { type AppRequest, rateHeaders, RateLimits } from "./rate_limits.ts";
import { rateRules, rulesFor } from "./rate_rules.ts";

interface Fixture {
  readonly rates: RateLimits;
  readonly exceeded: string[];
  now: number;
}

function fixture(settings: Record<string, number> = {}): Fixture {
  const values: Record<string, number> = {
    "limits.rate.perAddress": 10,
    "limits.rate.perApp": 1000,
    "limits.rate.perKey": 5,
    ...settings,
  };
  const exceeded: string[] = [];
  const self: Fixture = {
    now: 0,
    exceeded,
    rates: new RateLimits({
      // Only single settings are read.
      settings: { get: (key: string) => values[key] } as unknown as Settings,
      clock: () => self.now,
      onAppExceeded: (appId) => exceeded.push(appId),
    }),
  };
  return self;
}

const request = (more: Partial<AppRequest> = {}): AppRequest => ({
  appId: "app_a",
  counted: "203.0.113.7",
  rules: [],
  keyId: () => undefined,
  ...more,
});

/** How many of `n` requests are let through, and the limit that refuses the first of the others. */
function send({ rates }: Fixture, n: number, more: Partial<AppRequest> = {}): [number, unknown] {
  let allowed = 0;
  let limit;
  for (let i = 0; i < n; i++) {
    const { refused } = rates.app(request(more));
    if (refused === undefined) allowed++;
    else limit ??= (refused.details as { limit: string }).limit;
  }
  return [allowed, limit];
}

Deno.test("an address may send three seconds of its rate at once, each address for itself", () => {
  const f = fixture();
  assert.deepEqual(send(f, 40), [30, "rate.perAddress"]);
  assert.deepEqual(send(f, 5, { counted: "198.51.100.1" }), [5, undefined]);
  f.now += 1000;
  assert.deepEqual(send(f, 40), [10, "rate.perAddress"]);
});

Deno.test("this machine is not counted, and 0 switches a limit off", () => {
  assert.deepEqual(send(fixture(), 900, { counted: undefined }), [900, undefined]);
  const off = fixture({ "limits.rate.perAddress": 0, "limits.rate.perApp": 0 });
  assert.deepEqual(send(off, 5000), [5000, undefined]);
});

Deno.test("an app has one rate for all, which a refused address takes nothing of", () => {
  const f = fixture({ "limits.rate.perApp": 50 });
  assert.deepEqual(send(f, 1000), [30, "rate.perAddress"]);
  assert.deepEqual(send(f, 100, { counted: undefined }), [20, "rate.perApp"]);
  assert.deepEqual(send(f, 1, { appId: "app_b", counted: undefined }), [1, undefined]);
});

Deno.test("an app past its rate is told of once, and again after a quiet minute", () => {
  const f = fixture({ "limits.rate.perApp": 1 });
  send(f, 500, { counted: undefined });
  f.now += 30_000;
  send(f, 500, { counted: undefined });
  assert.deepEqual(f.exceeded, ["app_a"]);
  f.now += 61_000;
  send(f, 500, { counted: undefined });
  assert.deepEqual(f.exceeded, ["app_a", "app_a"]);
});

Deno.test("a key has its own rate", () => {
  const { rates } = fixture();
  for (let i = 0; i < 5; i++) assert.equal(rates.key("key_a").refused, undefined);
  assert.equal(rates.key("key_a").refused?.code, "RATE_LIMITED");
  assert.equal(rates.key("key_b").refused, undefined);
});

Deno.test("a refusal names limit, use, maximum and setting; its fields say when to come back", () => {
  const f = fixture();
  send(f, 30);
  const verdict = f.rates.app(request());
  assert.equal(verdict.refused!.status, 429);
  assert.match(verdict.refused!.hint!, /limits\.rate\.perAddress/);
  assert.deepEqual(verdict.refused!.details, {
    limit: "rate.perAddress",
    used: 30,
    max: 10,
    retryAfter: 1,
  });
  assert.deepEqual(Object.fromEntries(rateHeaders(verdict)), {
    "ratelimit-limit": "30",
    "ratelimit-remaining": "0",
    "ratelimit-reset": "1",
    "retry-after": "1",
  });
});

Deno.test("a rule of the app counts each address, this machine too, on its path only", () => {
  const f = fixture({ "limits.rate.perAddress": 1000 });
  const rules = rateRules({ "api/login": { perAddress: "3/min" } });
  const on = (path: string) => ({ rules: rulesFor(rules, path) });
  assert.deepEqual(send(f, 9, on("/api/login")), [3, "rate.api/login.perAddress"]);
  assert.deepEqual(send(f, 9, { ...on("/api/login"), counted: undefined })[0], 3);
  assert.deepEqual(send(f, 9, { ...on("/api/login"), appId: "app_b" })[0], 3);
  assert.deepEqual(send(f, 9, on("/api/other")), [9, undefined]);
  f.now += 20_000;
  assert.deepEqual(send(f, 9, on("/api/login"))[0], 1);
});

Deno.test("a rule may count all visitors, or each API key", () => {
  const f = fixture({ "limits.rate.perAddress": 0 });
  const all = rateRules({ "/api/*": { perApp: "4/h" } });
  const rules = rulesFor(all, "/api/a/b");
  assert.deepEqual(send(f, 3, { rules, counted: "a" })[0], 3);
  assert.deepEqual(send(f, 3, { rules, counted: "b" }), [1, "rate./api/*.perApp"]);
  const keyed = rateRules({ "api/x": { perKey: "2/d" } });
  const mine = { rules: rulesFor(keyed, "/api/x") };
  assert.deepEqual(send(f, 5, mine), [5, undefined]);
  assert.deepEqual(send(f, 5, { ...mine, keyId: () => "key_a" })[0], 2);
  assert.deepEqual(send(f, 5, { ...mine, keyId: () => "key_b" })[0], 2);
});

Deno.test("what an answer tells is the bucket of the asker's own that is nearest to its end", () => {
  const f = fixture();
  const rules = rulesFor(rateRules({ "api/x": { perAddress: "2/min", perApp: "1/s" } }), "/api/x");
  const { allowance } = f.rates.app(request({ rules }));
  assert.deepEqual([allowance!.limit, allowance!.remaining], [2, 1]);
  assert.deepEqual(rateHeaders(f.rates.app(request({ appId: "b", counted: undefined }))), []);
});

Deno.test("a path is the same path to a rule however it is written", () => {
  const rules = rateRules({ "api/login": { perApp: "1/s" }, "api/a*/z": { perApp: "1/s" } });
  const matching = (path: string) => rulesFor(rules, path).map((rule) => rule.path);
  const spellings = ["/api/login", "/api/login/", "//api//login", "/api/%6cogin", "/API/Login"];
  for (const path of spellings) assert.deepEqual(matching(path), ["api/login"], path);
  assert.deepEqual(matching("/api/abc/z"), ["api/a*/z"]);
  for (const path of ["/api/login/x", "/api/loginx", "/api", "/api/%zz", "/x/api/login"]) {
    assert.deepEqual(matching(path), [], path);
  }
});

Deno.test("however many addresses ask, only so many are remembered", () => {
  const f = fixture();
  const rules = rulesFor(rateRules({ "api/x": { perAddress: "1/d" } }), "/api/x");
  for (let i = 0; i < 100_000; i++) f.rates.app(request({ counted: `address ${i}`, rules }));
  assert.ok(f.rates.size <= 40_001, `${f.rates.size} are remembered`);
});
