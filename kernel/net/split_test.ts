import assert from "node:assert/strict";
import { bucketCookie, bucketOf, BUCKETS, routeOf, setsBucket, withoutBucket } from "./split.ts";

const parts = (weights: readonly number[]) => {
  const routes = weights.map((weight, i) => ({ appId: `app_${i}`, weight }));
  const counts = weights.map(() => 0);
  const homes: (string | undefined)[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const home = routeOf(routes, bucket);
    homes.push(home);
    if (home !== undefined) counts[Number(home.slice(4))]!++;
  }
  return { counts, homes };
};

Deno.test("every bucket has one app, and each app its part of them to a bucket", () => {
  let seed = 7;
  const random = (n: number) => (seed = seed * 48271 % 0x7fffffff) % n;
  for (let round = 0; round < 60; round++) {
    const weights = Array.from({ length: 2 + random(7) }, () => 1 + random(10_000));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const { counts } = parts(weights);
    assert.equal(counts.reduce((sum, n) => sum + n, 0), BUCKETS);
    counts.forEach((n, i) => {
      const share = BUCKETS * weights[i]! / total;
      assert.ok(Math.abs(n - share) <= 1, `${n} of ${share} for ${weights}`);
    });
  }
});

Deno.test("a change of weights moves no visitor that need not move", () => {
  const before = parts([90, 10]).homes;
  const after = parts([80, 20]).homes;
  const moved = before.filter((home, bucket) => home !== after[bucket]);
  assert.equal(moved.length, BUCKETS / 10);
  assert.deepEqual(new Set(moved), new Set(["app_0"]));
});

Deno.test("a split without apps leads nowhere", () => {
  assert.equal(routeOf([], 5), undefined);
});

Deno.test("only a bucket that can be believed is read from cookies", () => {
  const cases: [string | null, number | undefined][] = [
    ["fazt-split=0", 0],
    ["a=b; fazt-split=9999; c=d", 9999],
    ["fazt-split=1; __Host-fazt-split=2", 2],
    ["fazt-split=1; fazt-split=2", 1],
    [null, undefined],
    ["", undefined],
    ["fazt-split=", undefined],
    ["fazt-split", undefined],
    ["fazt-split=10000", undefined],
    ["fazt-split=-1", undefined],
    ["fazt-split=1e3", undefined],
    ["fazt-split=NaN", undefined],
    ["fazt-split=٣", undefined],
    ["xfazt-split=5", undefined],
    ["x=fazt-split=5", undefined],
  ];
  for (const [text, bucket] of cases) assert.equal(bucketOf(text), bucket, String(text));
});

Deno.test("the cookie is taken out whatever stands around it and however it is written", () => {
  assert.equal(withoutBucket("fazt-split=5"), undefined);
  assert.equal(withoutBucket("a=b; fazt-split=5;c=d"), "a=b; c=d");
  assert.equal(withoutBucket("FAZT-Split=5; __host-FAZT-split=6; fazt-split"), undefined);
  assert.equal(withoutBucket("fazt-splitter=1"), "fazt-splitter=1");
  assert.ok(setsBucket("fazt-split=5; Path=/"));
  assert.ok(setsBucket(" Fazt-Split = 5"));
  assert.ok(!setsBucket("other=fazt-split=5"));
});

Deno.test("the cookie stays on its host, away from scripts, and over TLS with its prefix", () => {
  assert.equal(
    bucketCookie(42, false),
    "fazt-split=42; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax",
  );
  assert.match(bucketCookie(42, true), /^__Host-fazt-split=42; Path=\/; .*; Secure$/);
});
