import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  api,
  assertRefused,
  cli,
  deploy,
  startNode,
  type TestNode,
  visit,
} from "../helpers/mod.ts";

const page = (text: string) => ({
  "index.html": text,
  "app-3k9d2a8b.js": `// ${text}`,
  "api/main.js": `export default (r) => new Response(
    JSON.stringify({ app: "${text}", cookie: r.headers.get("cookie") }),
    { headers: { "set-cookie": "fazt-split=1; Path=/", "cache-control": "public, s-maxage=60" } })`,
});

const two = async (node: TestNode) => {
  await deploy(node, "old", page("old"));
  await deploy(node, "new", page("new"));
};
const put = (node: TestNode, label: string, body: unknown) =>
  api(node, "PUT", `/api/aliases/${label}`, { body });
const split = (node: TestNode, weights: Record<string, unknown>) =>
  put(node, "shop", { split: weights });

Deno.test("a split spreads visitors by weight and keeps each where it was", async () => {
  await using node = await startNode();
  await two(node);
  const made = await cli(node, "app", "split", "shop", "old=70", "new=30", "--json");
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(
    JSON.parse(made.stdout).split.map((p: { app: string; weight: number }) => [p.app, p.weight])
      .sort(),
    [["new", 30], ["old", 70]],
  );

  const visitors = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const first = await visit(node, "shop", "/");
      assert.equal(first.status, 200);
      const cookie = /^fazt-split=\d+/.exec(first.headers.get("set-cookie")!)![0];
      return { cookie, app: first.text };
    }),
  );
  // 300 draws of 0.7: 170 is more than five standard deviations below 210.
  const old = visitors.filter(({ app }) => app === "old").length;
  assert.ok(old > 170 && old < 250, `${old} of 300 went to old`);
  for (const { cookie, app } of visitors.slice(0, 40)) {
    for (const path of ["/", "/api/"]) {
      const again = await visit(node, "shop", path, { headers: { cookie: `a=b; ${cookie}` } });
      assert.ok(again.text.includes(app), `${cookie} moved from ${app}`);
      assert.equal(again.headers.get("set-cookie"), null);
    }
  }
  // More weight for one takes visitors from the other only.
  await split(node, { old: 90, new: 10 });
  for (const { cookie, app } of visitors.slice(0, 60)) {
    if (app === "new") continue;
    assert.equal((await visit(node, "shop", "/", { headers: { cookie } })).text, "old");
  }
});

Deno.test("app code neither sees nor sets the cookie, and no shared cache mixes apps", async () => {
  await using node = await startNode();
  await two(node);
  await split(node, { old: 1, new: 1 });
  const code = await visit(node, "shop", "/api/", {
    headers: { cookie: "session=x; fazt-split=42; FAZT-SPLIT=7" },
  });
  assert.equal(JSON.parse(code.text).cookie, "session=x");
  assert.equal(code.headers.get("set-cookie"), null);
  assert.equal(code.headers.get("cache-control"), "private");
  const alone = await visit(node, "shop", "/api/", { headers: { cookie: "fazt-split=42" } });
  assert.equal(JSON.parse(alone.text).cookie, null);
  for (const path of ["/", "/app-3k9d2a8b.js", "/missing"]) {
    const answer = await visit(node, "shop", path);
    assert.match(answer.headers.get("vary") ?? "", /\bcookie\b/, path);
    assert.doesNotMatch(answer.headers.get("cache-control") ?? "", /public|s-maxage/, path);
    assert.match(
      answer.headers.get("set-cookie")!,
      /^fazt-split=\d{1,4}; .*HttpOnly; SameSite=Lax$/,
    );
  }
  // At its own address the same app is served as ever.
  const own = await visit(node, "old", "/app-3k9d2a8b.js");
  assert.match(own.headers.get("cache-control")!, /^public, max-age=31536000, immutable$/);
  assert.equal(own.headers.get("vary"), null);
});

Deno.test("what a split cannot be is refused and changes nothing", async () => {
  await using node = await startNode();
  await two(node);
  await deploy(node, "gone", page("gone"));
  await api(node, "DELETE", "/api/apps/gone");
  const { data: app } = await api(node, "GET", "/api/apps/old");
  await split(node, { old: 1, new: 2 });
  const bad: [Record<string, unknown>, number, string, RegExp][] = [
    [{ old: 0, new: 1 }, 422, "INVALID", /weight of "old"/],
    [{ old: -1, new: 1 }, 422, "INVALID", /weight of "old"/],
    [{ old: 1.5, new: 1 }, 422, "INVALID", /weight/],
    [{ old: 10_001, new: 1 }, 422, "INVALID", /weight/],
    [{ old: null, new: 1 }, 422, "INVALID", /./],
    [{ old: "1", new: 1 }, 422, "INVALID", /./],
    [{ old: 1 }, 422, "INVALID", /2 to 8 apps, not 1/],
    [{}, 422, "INVALID", /not 0/],
    [
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a${i}`, 1])),
      422,
      "INVALID",
      /not 9/,
    ],
    [{ old: 1, [app.id]: 1 }, 422, "INVALID", /twice/],
    [{ old: 1, gone: 1 }, 404, "NOT_FOUND", /no app "gone"/],
    [{ old: 1, nwe: 1 }, 404, "NOT_FOUND", /no app "nwe"/],
    [JSON.parse('{"old": 1, "__proto__": 1}'), 422, "INVALID", /2 to 8/],
  ];
  for (const [weights, status, code, message] of bad) {
    assertRefused(await split(node, weights), { status, code, message });
  }
  const nan = await cli(node, "app", "split", "shop", "old=NaN", "new=1");
  assert.notEqual(nan.code, 0);
  assert.match(nan.stderr, /Cannot read "old=NaN"/);
  const { data } = await api(node, "GET", "/api/aliases");
  const kept = data.find((alias: { label: string }) => alias.label === "shop");
  assert.deepEqual(kept.split.map((p: { weight: number }) => p.weight).sort(), [1, 2]);
  for (const label of ["admin", "3--old", "a b"]) {
    const refused = await put(node, encodeURIComponent(label), { split: { old: 1, new: 1 } });
    assert.equal(refused.status, 422, label);
  }
});

Deno.test("a removed app leaves its split to the rest, the last one frees the label", async () => {
  await using node = await startNode();
  await two(node);
  await split(node, { old: 50, new: 50 });
  await api(node, "DELETE", "/api/apps/old");
  for (const bucket of [0, 4999, 5000, 9999]) {
    const answer = await visit(node, "shop", "/", { headers: { cookie: `fazt-split=${bucket}` } });
    assert.deepEqual([answer.status, answer.text], [200, "new"]);
  }
  await api(node, "DELETE", "/api/apps/new");
  assert.equal((await visit(node, "shop", "/")).status, 404);
  const { data } = await api(node, "GET", "/api/aliases");
  assert.ok(!data.some((alias: { label: string }) => alias.label === "shop"));
  assert.equal((await deploy(node, "shop", page("shop"))).status, 201);
});

Deno.test("a swap exchanges whatever two labels lead to, splits and redirects too", async () => {
  await using node = await startNode();
  await two(node);
  await split(node, { old: 1, new: 1 });
  await put(node, "away", { redirect: "https://example.com/" });
  assert.equal((await cli(node, "app", "reserve", "quiet")).code, 0);
  assert.equal((await cli(node, "app", "swap", "shop", "away")).code, 0);
  assert.equal((await visit(node, "shop", "/")).headers.get("location"), "https://example.com/");
  assert.match((await visit(node, "away", "/")).text, /^(?:old|new)$/);
  await cli(node, "app", "swap", "old", "quiet");
  assert.equal((await visit(node, "old", "/")).status, 404);
  assert.equal((await visit(node, "quiet", "/")).text, "old");
  const swap = (a: string, b: string) => api(node, "POST", "/api/aliases/swap", { body: { a, b } });
  assertRefused(await swap("old", "old"), { status: 422, code: "INVALID", message: /with itself/ });
  assertRefused(await swap("old", "qiuet"), {
    status: 404,
    code: "NOT_FOUND",
    message: /no address "qiuet"/,
    hint: /did you mean quiet/,
  });
  assert.equal((await swap("admin", "old")).status, 404);
  assert.equal((await visit(node, "quiet", "/")).text, "old");
});

Deno.test("no visitor of two labels that are swapped sees a third state", async () => {
  await using node = await startNode();
  await two(node);
  const stop = { now: false };
  const seen = new Set<string>();
  const visitor = async (label: string) => {
    while (!stop.now) {
      const { status, text } = await visit(node, label, "/", {
        headers: { "x-visitor": randomUUID() },
      });
      seen.add(`${label} ${status} ${text}`);
    }
  };
  const visitors = ["old", "new", "old", "new", "old", "new"].map(visitor);
  for (let i = 0; i < 40; i++) {
    const { status } = await api(node, "POST", "/api/aliases/swap", {
      body: { a: "old", b: "new" },
    });
    assert.equal(status, 200);
    // What is answered after a swap is the swapped state, at both labels.
    const [a, b] = await Promise.all([visit(node, "old", "/"), visit(node, "new", "/")]);
    assert.deepEqual([a.text, b.text], i % 2 === 0 ? ["new", "old"] : ["old", "new"]);
  }
  stop.now = true;
  await Promise.all(visitors);
  assert.deepEqual([...seen].sort(), [
    "new 200 new",
    "new 200 old",
    "old 200 new",
    "old 200 old",
  ]);
});
