// The pool of cells as an owner sees it: replacement, what each app uses, and a flood next door.
import assert from "node:assert/strict";
import { api, cli, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const MANIFEST = '{"name":"moving","permissions":["storage:kv"]}';
const revision = (n: number) => ({
  "app.json": MANIFEST,
  "api/main.js": `export default async (r) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    return { revision: ${n}, color: fazt.env?.COLOR ?? null };
  }`,
});

/** Visits an app with `n` clients at once until told to stop. */
function clients(node: TestNode, label: string, n: number) {
  const answers: { readonly status: number; readonly text: string }[] = [];
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      const { status, text } = await visit(node, label, "/api/");
      answers.push({ status, text });
    }
  };
  const all = Promise.all(Array.from({ length: n }, one));
  return {
    answers,
    stop: async () => {
      stopped = true;
      await all;
      return answers;
    },
  };
}

Deno.test("ten deploys and a change of grants in a row drop none of the requests of twenty clients", async () => {
  await using node = await startNode();
  await deploy(node, "moving", revision(0));
  const visitors = clients(node, "moving", 20);
  for (let n = 1; n <= 10; n++) {
    const { status, error } = await deploy(node, "moving", revision(n));
    assert.equal(status, 201, JSON.stringify(error));
    // Of some revisions many requests are answered, of others perhaps none.
    const seen = visitors.answers.length;
    if (n % 3 === 0) await until(() => visitors.answers.length > seen + 40, 30_000);
    if (n === 6) {
      const { status } = await api(node, "POST", "/api/apps/moving/grants", {
        body: { revoke: ["storage:kv"] },
      });
      assert.equal(status, 200);
    }
  }
  const newest = () => visitors.answers.filter(({ text }) => text.includes('"revision":10')).length;
  await until(() => newest() > 40, 30_000);
  const answers = await visitors.stop();
  const wrong = answers.filter(({ status }) => status !== 200);
  assert.deepEqual(wrong, []);
  const seen = answers.map(({ text }) => JSON.parse(text).revision as number);
  assert.ok(seen.every((n) => Number.isInteger(n) && n >= 0 && n <= 10));
  const { data } = await api(node, "GET", "/api/apps/moving/status");
  assert.deepEqual([data.errors, data.restarts, data.requests], [0, 0, answers.length]);
});

Deno.test("what each app uses is shown to the owner and to a key that may read, in every format", async () => {
  await using node = await startNode();
  const code = (body: string) => ({ "api/main.js": `export default () => { ${body} }` });
  await deploy(node, "worker", code("for (let i = 0; i < 3e7; i++); return [];"));
  await deploy(node, "asleep", code("return [];"));
  await deploy(node, "page", { "index.html": "x" });
  for (let i = 0; i < 3; i++) await visit(node, "worker", "/api/");
  const { data: key } = await api(node, "POST", "/api/keys", {
    body: { name: "watcher", scopes: ["read"] },
  });
  const cells = async () =>
    (await api(node, "GET", "/api/system/cells", { token: key.token })).data;
  await until(async () => {
    const worker = (await cells()).find(({ name }: { name: string }) => name === "worker");
    return worker.cpuMs > 0 && worker.heapBytes > 0;
  });
  const names = (await cells()).map(({ name }: { name: string }) => name).sort();
  assert.deepEqual(names.filter((name: string) => ["asleep", "page", "worker"].includes(name)), [
    "asleep",
    "worker",
  ]);
  for (const path of ["/api/metrics.txt", "/api/system/metrics"]) {
    const metrics = await fetch(`${node.url}${path}`, {
      headers: { authorization: `Bearer ${key.token}` },
    });
    const text = await metrics.text();
    assert.match(metrics.headers.get("content-type")!, /^application\/openmetrics-text/);
    assert.match(text, /^fazt_app_requests_total\{app="worker"\} 3$/m);
    assert.match(text, /^fazt_app_requests_total\{app="asleep"\} 0$/m);
    assert.match(text, /^fazt_app_cpu_seconds_total\{app="worker"\} (?=.*[1-9])\d+(?:\.\d+)?$/m);
    assert.match(text, /^fazt_mode\{fazt_mode="normal"\} [01]$/m);
    assert.ok(text.endsWith("# EOF\n"));
    const refused = await fetch(`${node.url}${path}`);
    assert.equal((await refused.json()).error.code, "UNAUTHORIZED");
  }
  const listed = await cli(node, "server", "cells");
  assert.match(listed.stdout, /^worker +\w+ +1 +0 +3 +0 /m);
  const info = await cli(node, "app", "info", "worker");
  assert.match(info.stdout, /processor +[\d.]+m?s/);
  assert.match(info.stdout, /requests +3, of them 0 failed/);
});

Deno.test("an app under a flood of visitors leaves another one its answers", async () => {
  await using node = await startNode();
  await deploy(node, "flooded", {
    "app.json": '{"name":"flooded","permissions":["storage:kv"]}',
    "api/main.js": `export default async () => {
      await Promise.all(Array.from({ length: 10 }, () => fazt.storage.kv.get("a")));
      const end = performance.now() + 20;
      while (performance.now() < end);
      return "flooded";
    }`,
  });
  await deploy(node, "quiet", { "api/main.js": `export default () => "quiet"` });
  await visit(node, "quiet", "/api/");
  const flood = clients(node, "flooded", 150);
  await until(() => flood.answers.length > 150, 60_000);
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const began = performance.now();
    const { status, text } = await visit(node, "quiet", "/api/");
    assert.deepEqual([status, text], [200, "quiet"]);
    times.push(performance.now() - began);
  }
  const slowest = times.sort((a, b) => a - b)[58]!;
  assert.ok(slowest < 3000, `p98 ${slowest.toFixed(0)} ms`);
  assert.equal((await api(node, "GET", "/api/apps/quiet/status")).data.errors, 0);
  const answers = await flood.stop();
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});
