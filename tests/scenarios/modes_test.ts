// Each mode is entered and left on a running node.
import assert from "node:assert/strict";
import { api, cli, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

const mode = async (node: TestNode): Promise<string> =>
  (await api(node, "GET", "/api/system/health")).data.mode;
const set = (node: TestNode, key: string, value: number) =>
  api(node, "PUT", "/api/system/config", { body: { key, value } });
const KV = {
  "app.json": '{"name":"kv","permissions":["storage:kv"]}',
  "index.html": "still here",
  "api/main.js": `export default async (r) => {
    if (r.method === "POST") await fazt.storage.kv.set("a", await r.text());
    if (r.method === "DELETE") await fazt.storage.kv.delete("a");
    return { a: await fazt.storage.kv.get("a") };
  }`,
};

Deno.test("a full disk makes the node read-only until there is room again", async () => {
  await using node = await startNode();
  await deploy(node, "kv", KV);
  await visit(node, "kv", "/api/", { method: "POST", body: "before" });
  await set(node, "limits.global.diskPercent", 1);
  await until(async () => await mode(node) === "read-only");

  const refused = await deploy(node, "new", { "index.html": "x" });
  assert.deepEqual([refused.status, refused.error.code], [507, "DISK_FULL"]);
  assert.match(refused.error.hint, /diskPercent/);
  assert.equal((await visit(node, "kv", "/api/", { method: "POST", body: "x" })).status, 500);
  assert.equal((await visit(node, "kv", "/")).text, "still here");
  assert.equal((await visit(node, "kv", "/api/")).text, '{"a":"before"}');
  assert.equal((await visit(node, "kv", "/api/", { method: "DELETE" })).text, "{}");
  const owner = await api(node, "POST", "/api/session", {
    token: "",
    body: { token: node.ownerToken },
    headers: { origin: `http://127.0.0.1:${node.port}` },
  });
  assert.equal(owner.status, 201, JSON.stringify(owner.error));
  const status = await cli(node, "status");
  assert.match(status.stdout, /read-only/);

  await set(node, "limits.global.diskPercent", 100);
  await until(async () => await mode(node) === "normal");
  assert.equal((await deploy(node, "new", { "index.html": "x" })).status, 201);
});

Deno.test("memory over its limit closes apps, never the dashboard, until it is below again", async () => {
  await using node = await startNode();
  await deploy(node, "kv", KV);
  assert.equal((await visit(node, "kv", "/api/")).status, 200);
  await set(node, "limits.global.memoryMb", 64);
  await until(async () => ["cockpit-only", "emergency"].includes(await mode(node)));
  const closed = await visit(node, "kv", "/");
  assert.deepEqual([closed.status, closed.headers.get("retry-after")], [503, "10"]);
  const health = (await api(node, "GET", "/api/system/health")).data;
  assert.match(health.modeReason, /memory is at \d+ % of its limit/);
  assert.equal(health.runner.isolates, 0);
  assert.equal((await visit(node, "admin", "/")).status, 200);

  await set(node, "limits.global.memoryMb", 2048);
  await until(async () => await mode(node) === "normal");
  assert.equal((await visit(node, "kv", "/api/")).status, 200);
  const { data } = await api(node, "GET", "/api/activity");
  const modes = data.filter((a: { action: string }) => a.action === "system.mode");
  assert.ok(modes.some((a: { target: string }) => a.target === "degraded"));
  assert.equal(modes[0].target, "normal");
});

Deno.test("memory twice over its limit with every app ended is an emergency: nothing is written", async () => {
  await using node = await startNode();
  await deploy(node, "kv", KV);
  // A node that does nothing takes more than twice of this.
  await set(node, "limits.global.memoryMb", 64);
  await until(async () => await mode(node) === "emergency", 30_000);
  const { data: health } = await api(node, "GET", "/api/system/health");
  assert.match(health.modeReason, /memory is at [2-9]\d\d % of its limit/);
  const status = await cli(node, "server", "status");
  assert.match(status.stdout, /emergency: memory is at \d+ % of its limit/);
  for (const path of ["/", "/api/"]) assert.equal((await visit(node, "kv", path)).status, 503);
  const refused = await deploy(node, "new", { "index.html": "x" });
  assert.deepEqual([refused.status, refused.error.code], [503, "READ_ONLY"]);
  assert.equal((await visit(node, "admin", "/")).status, 200);

  await set(node, "limits.global.memoryMb", 2048);
  await until(async () => await mode(node) === "normal");
  assert.equal((await visit(node, "kv", "/")).text, "still here");
  assert.equal((await deploy(node, "new", { "index.html": "x" })).status, 201);
  // What was said while nothing could be written is in the history now, in its order.
  await until(async () => (await modeEvents(node)).at(-1) === "emergency -> normal");
  const seen = await modeEvents(node);
  assert.ok(seen.some((change) => change.endsWith(" -> emergency")), seen.join(", "));
  const limits = (await api(node, "GET", "/api/events?type=system.limit.exceeded")).data.items;
  assert.deepEqual(
    limits.map(({ data }: { data: { limit: string } }) => data.limit),
    ["global.memoryMb"],
  );
});

/** Changes of mode in the history of events, oldest first. */
async function modeEvents(node: TestNode): Promise<string[]> {
  const { data } = await api(node, "GET", "/api/events?type=system.mode");
  return data.items.map(({ data }: { data: { from: string; to: string } }) =>
    `${data.from} -> ${data.to}`
  ).reverse();
}
