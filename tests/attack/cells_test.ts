// Hostile code in a real cell: whatever it does, the kernel, the other apps and their data stay.
import assert from "node:assert/strict";
import { api, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";
import { busyPart } from "./busy_part.ts";
import { type Attack, ESCAPES, FLOODS, hostileModule, mayGet, NONSENSE } from "./hostile.ts";

/** Resident memory the process may ever have had, MiB: the bar of the design. */
const PEAK_MB = 800;
const KV = '{"name":"NAME","permissions":["storage:kv"]}';
const VICTIM = {
  "app.json": KV.replace("NAME", "victim"),
  "index.html": "untouched",
  "api/main.js": `export default async (r) => {
    if (r.method === "POST") await fazt.storage.kv.set("secret", "of the victim");
    return { secret: await fazt.storage.kv.get("secret"), polluted: {}.polluted,
      length: (await fazt.storage.kv.list("")).items.length };
  }`,
};

/** Without the pages of the runtime's own file: a limit on memory takes those back. */
async function peakMb(node: TestNode): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${node.child.pid}/status`);
  const kb = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]);
  return (kb("VmHWM") - kb("RssFile")) / 1024;
}

async function untouched(node: TestNode, after: string): Promise<void> {
  // A bomb may have taken what memory the node allows: then all apps are closed for a moment.
  await until(async () => (await visit(node, "victim", "/api/")).status !== 503, 10_000);
  const page = await visit(node, "victim", "/");
  assert.equal(page.text, "untouched", after);
  const answer = await visit(node, "victim", "/api/");
  assert.deepEqual(JSON.parse(answer.text), { secret: "of the victim", length: 1 }, after);
  const health = await api(node, "GET", "/api/system/health");
  assert.equal(health.status, 200, after);
}

Deno.test("hostile code harms nobody but itself", async (t) => {
  await using node = await startNode({ settings: { "limits.runtime.seconds": "3" } });
  await deploy(node, "victim", VICTIM);
  await visit(node, "victim", "/api/", { method: "POST" });
  const attacks: readonly Attack[] = [...ESCAPES, ...NONSENSE, ...FLOODS];
  const made = await deploy(node, "evil", {
    "app.json": KV.replace("NAME", "evil"),
    "api/main.js": hostileModule(attacks),
  });
  assert.equal(made.status, 201, JSON.stringify(made.error));
  for (const [n, attack] of attacks.entries()) {
    await t.step(attack.name, async () => {
      // What went before may have been one failure too many in a row.
      await until(async () => (await visit(node, "evil", "/api/calm")).text === "calm", 30_000);
      const answer = await visit(node, "evil", `/api/${n}`);
      assert.ok(mayGet(attack, answer), `${answer.status} ${answer.text}`);
      assert.equal(answer.headers.get("set-cookie"), null);
      await untouched(node, attack.name);
    });
  }
  await t.step("no thread of theirs goes on", async () => {
    await until(async () => await busyPart(node) < 0.3, 60_000);
  });
  await t.step("what they wrote to their logs is bounded and harmless", async () => {
    const { data } = await api(node, "GET", "/api/apps/evil/logs?limit=1000");
    const perRequest = new Map<string, number>();
    for (const { requestId, message } of data) {
      perRequest.set(requestId, (perRequest.get(requestId) ?? 0) + message.length);
    }
    assert.ok(Math.max(...perRequest.values()) < 70_000);
  });
  await t.step(`the process never held more than ${PEAK_MB} MB`, async () => {
    const peak = await peakMb(node);
    assert.ok(peak < PEAK_MB, `${peak.toFixed(0)} MB`);
  });
});

Deno.test("an app's cookies stay on its own host", async () => {
  await using node = await startNode();
  const page = (field: string) => ({
    "app.json": `{"name":"tosser","headers":[{"path":"/*","set":{"${field}":"a=1"}}]}`,
    "index.html": "x",
    "api/main.js": `export default () => new Response("x", { headers: [
      ["set-cookie", "fazt=evil; Domain=localhost"], ["set-cookie", "own=1; Path=/"],
      ["set-cookie", "__Host-fazt=1; Domain=.localhost"]] })`,
  });
  assert.equal((await deploy(node, "tosser", page("set-cookie"))).error.code, "MANIFEST_INVALID");
  assert.equal((await deploy(node, "tosser", page("x-own"))).status, 201);
  const answer = await visit(node, "tosser", "/api/");
  assert.equal(answer.headers.getSetCookie().length, 3);
  assert.doesNotMatch(answer.headers.getSetCookie().join(), /domain/i);
});

Deno.test("two apps with the same keys never see each other's values", async () => {
  await using node = await startNode();
  const code = `export default async (r) => {
    const { op, key, value } = await r.json();
    if (op === "set") await fazt.storage.kv.set(key, value);
    if (op === "increment") await fazt.storage.kv.increment(key, value);
    if (op === "delete") await fazt.storage.kv.delete(key);
    const page = await fazt.storage.kv.list("");
    return Object.fromEntries(page.items.map((i) => [i.key, i.value]));
  }`;
  const truth: Record<string, Map<string, number>> = { one: new Map(), two: new Map() };
  for (const name of Object.keys(truth)) {
    await deploy(node, name, { "app.json": KV.replace("NAME", name), "api/main.js": code });
  }
  let seed = 42;
  const random = (n: number) => (seed = seed * 1_103_515_245 + 12_345 & 0x7fffffff) % n;
  for (let i = 0; i < 200; i++) {
    const name = ["one", "two"][random(2)]!;
    const key = ["a", "b", "%", "_", "á", "a:b"][random(6)]!;
    const op = ["set", "increment", "delete"][random(3)]!;
    const value = random(1000);
    const mine = truth[name]!;
    if (op === "set") mine.set(key, value);
    if (op === "increment") mine.set(key, (mine.get(key) ?? 0) + value);
    if (op === "delete") mine.delete(key);
    const body = JSON.stringify({ op, key, value });
    const answer = await visit(node, name, "/api/", { method: "POST", body });
    assert.deepEqual(JSON.parse(answer.text), Object.fromEntries(mine), `${i} ${name} ${op}`);
  }
});
