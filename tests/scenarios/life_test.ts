import assert from "node:assert/strict";
import { TOOL } from "../fixtures/apps.ts";
import {
  api,
  cli,
  deploy,
  startNode,
  type TestNode,
  until,
  visit,
  visitHost,
} from "../helpers/mod.ts";

const bump = async (node: TestNode, label: string) =>
  JSON.parse(
    (await visit(node, label, "/api/", { method: "POST", body: '{"page":"p","count":1}' })).text,
  ).total;

Deno.test("a renamed app keeps its id, data and revisions, and its old name is free", async () => {
  await using node = await startNode();
  const { data: before } = await deploy(node, "tool", TOOL);
  assert.equal(await bump(node, "tool"), 1);
  const renamed = await cli(node, "app", "rename", "tool", "better", "--json");
  assert.equal(renamed.code, 0, renamed.stderr);
  assert.equal(await bump(node, "better"), 2);
  assert.equal((await visit(node, "tool", "/")).status, 404);
  assert.equal((await api(node, "GET", "/api/apps/better")).data.id, before.app.id);
  assert.equal((await deploy(node, "tool", { "index.html": "another" })).status, 201);
});

Deno.test("a removed app is gone; with --keep-data its data waits for the name", async () => {
  await using node = await startNode();
  await deploy(node, "tool", TOOL);
  await bump(node, "tool");
  const kept = await cli(node, "app", "remove", "tool", "--keep-data", "--yes");
  assert.equal(kept.code, 0, kept.stderr);
  assert.equal((await visit(node, "tool", "/api/")).status, 404);
  await deploy(node, "tool", TOOL);
  assert.equal(await bump(node, "tool"), 2);
  await cli(node, "app", "remove", "tool", "--yes");
  await deploy(node, "tool", TOOL);
  assert.equal(await bump(node, "tool"), 1);
});

Deno.test("rollback goes back and forth, and a deploy after it counts on", async () => {
  await using node = await startNode();
  for (const n of [1, 2, 3]) {
    await deploy(node, "site", {
      "index.html": `version ${n}`,
      "api/main.js": `export default () => "code ${n}"`,
    });
  }
  assert.equal((await cli(node, "app", "rollback", "site")).code, 0);
  assert.equal((await visit(node, "site", "/")).text, "version 2");
  assert.equal((await visit(node, "site", "/api/")).text, "code 2");
  assert.equal((await cli(node, "app", "rollback", "site", "1")).code, 0);
  assert.equal((await visit(node, "site", "/")).text, "version 1");
  const next = await deploy(node, "site", { "index.html": "version 4" });
  assert.equal(next.data.revision.n, 4);
  assert.equal((await visit(node, "site", "/api/")).status, 404);
  const { data } = await api(node, "GET", "/api/apps/site/revisions");
  assert.deepEqual(data.map((r: { n: number; current: boolean }) => [r.n, r.current]), [
    [4, true],
    [3, false],
    [2, false],
    [1, false],
  ]);
});

Deno.test("what a key deploys waits for the owner's approval, and a widening too", async () => {
  await using node = await startNode();
  const { data: key } = await api(node, "POST", "/api/keys", {
    body: { name: "ci", scopes: ["deploy"] },
  });
  const first = await deploy(node, "tool", TOOL, { token: key.token });
  assert.equal(first.status, 201, JSON.stringify(first.error));
  assert.deepEqual(first.data.grants, { approved: [], pending: ["storage:kv"] });
  const refused = await visit(node, "tool", "/api/", {
    method: "POST",
    body: '{"page":"p","count":1}',
  });
  assert.equal(refused.status, 500);
  const logs = await cli(node, "app", "logs", "tool");
  assert.match(logs.stdout, /storage:kv is not granted/);
  const approved = await cli(node, "app", "grants", "approve", "tool", "storage:kv");
  assert.equal(approved.code, 0, approved.stderr);
  assert.equal(await bump(node, "tool"), 1);
  const wider = {
    ...TOOL,
    "app.json": '{"name":"tool","permissions":["storage:kv","net:direct:example.com:443"]}',
  };
  assert.deepEqual((await deploy(node, "tool", wider)).data.grants.pending, [
    "net:direct:example.com:443",
  ]);
  const before = await api(node, "GET", "/api/apps/tool/grants");
  assert.equal(before.data.permissions.net, false);
  await cli(node, "app", "grants", "approve", "tool", "net:direct:example.com:443");
  const after = await cli(node, "app", "grants", "show", "tool", "--json");
  assert.deepEqual(JSON.parse(after.stdout).permissions.net, ["example.com:443"]);
  assert.equal(await bump(node, "tool"), 2);
});

Deno.test("a second node on the same database is told who has it", async () => {
  await using node = await startNode();
  const second = await cli(node, "server", "start", "--db", node.db, "--port", "0");
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`in use by process ${node.child.pid}`));
  assert.match(second.stderr, /hint: /);
});

Deno.test("a node that is stopped finishes what it was asked, and starts again with everything", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-life-" });
  const db = `${dir}/data.db`;
  try {
    const node = await startNode({ db });
    await deploy(node, "slow", {
      "api/main.js":
        `export default async (r) => { if (r.method === "GET") return "ready"; await new Promise((f) => setTimeout(f, 500)); return "finished"; }`,
    });
    await visit(node, "slow", "/api/");
    const open = visit(node, "slow", "/api/", { method: "POST" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    node.child.kill("SIGTERM");
    assert.equal((await open).text, "finished");
    assert.equal((await node.child.status).code, 0);
    await assert.rejects(fetch(`${node.url}/health`));
    await using again = await startNode({ db });
    assert.equal((await visit(again, "slow", "/api/")).text, "ready");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("an open log stream does not keep a node from stopping", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-life-" });
  try {
    const node = await startNode({ db: `${dir}/data.db` });
    await deploy(node, "quiet", { "index.html": "x" });
    const stream = visitHost(node, `127.0.0.1:${node.port}`, "/api/apps/quiet/logs/stream", {
      headers: { authorization: `Bearer ${node.token}` },
    });
    await until(async () => (await api(node, "GET", "/api/system/health")).status === 200);
    const began = performance.now();
    node.child.kill("SIGTERM");
    assert.match((await stream).text, /connected/);
    await node.child.status;
    assert.ok(performance.now() - began < 5000);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the cap of the database that is kept in it holds after a start", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-life-" });
  const db = `${dir}/data.db`;
  try {
    {
      await using node = await startNode({ db });
      const set = await cli(node, "config", "set", "database.maxMb", "2");
      assert.equal(set.code, 0, set.stderr);
    }
    await using node = await startNode({ db });
    const noise = crypto.getRandomValues(new Uint8Array(65_536));
    const big = new Uint8Array(4_000_000).map((_, i) => noise[i % 65_536]! ^ (i >> 16));
    const refused = await deploy(node, "big", { "big.bin": big });
    assert.equal(refused.status, 507, JSON.stringify(refused.error));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("an answer without an end does not keep a node from closing its database", async () => {
  const dir = await Deno.makeTempDir({ prefix: "fazt-life-" });
  try {
    const node = await startNode({
      db: `${dir}/data.db`,
      settings: { "server.drainSeconds": "1" },
    });
    await deploy(node, "endless", {
      "api/main.js": `export default () => new Response(new ReadableStream({
        async pull(c) { c.enqueue(new Uint8Array(10)); await new Promise((r) => setTimeout(r, 50)); }
      }))`,
    });
    using open = await Deno.connect({ port: Number(node.port) });
    await open.write(new TextEncoder().encode(
      `GET /api/ HTTP/1.1\r\nHost: endless.localhost:${node.port}\r\n\r\n`,
    ));
    await open.read(new Uint8Array(1000));
    node.child.kill("SIGTERM");
    assert.equal((await node.child.status).code, 0);
    await assert.rejects(Deno.stat(`${dir}/data.db-wal`));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
