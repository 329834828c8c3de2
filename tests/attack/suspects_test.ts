// An app that ends the whole process, which nothing inside of it can prevent for certain, cannot do
// so for ever: the node remembers who ran.
import assert from "node:assert/strict";
import { api, deploy, startNode, type TestNode, until, visit } from "../helpers/mod.ts";

// To make a key of it copies a text of 128 MB that was never in one piece: more than V8 has left.
const BOMB = `export default (request) => {
  if (!request.url.endsWith("/bomb")) return "calm";
  let text = "x";
  for (let i = 0; i < 27; i++) text += text;
  return { [text]: 1 } instanceof Map;
}`;
const SMALL_HEAP = { settings: { "limits.runtime.heapMb": "8" } };

async function explode(node: TestNode): Promise<void> {
  let ended = false;
  const status = node.child.status.finally(() => ended = true);
  // Whether V8 finds the memory after all is not for us to say.
  await until(async () => {
    await visit(node, "bomb", "/api/bomb").catch(() => {});
    return ended;
  }, 30_000);
  assert.equal((await status).success, false);
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("an app that ends the node again and again is paused until it is deployed", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-test-" });
  const db = `${folder}/data.db`;
  const start = () => startNode({ db, ...SMALL_HEAP });
  const files = { "app.json": '{"name":"bomb"}', "api/main.js": BOMB };
  try {
    let node = await start();
    await deploy(node, "bomb", files);
    await deploy(node, "calm", {
      "app.json": '{"name":"calm"}',
      "api/main.js": 'export default () => "calm";',
    });
    assert.equal((await visit(node, "calm", "/api/")).text, "calm");
    await t.step("once is what a crash of any kind leaves: it answers", async () => {
      await explode(node);
      node = await start();
      assert.equal((await visit(node, "bomb", "/api/")).text, "calm");
      await explode(node);
    });
    await t.step("twice is a habit: it waits, and others do not", async () => {
      node = await start();
      const answer = await visit(node, "bomb", "/api/bomb");
      assert.equal(answer.status, 503);
      assert.match(answer.text, /APP_BACKOFF/);
      assert.ok(Number(answer.headers.get("retry-after")) > 30);
      assert.equal((await visit(node, "calm", "/api/")).text, "calm");
      const { data } = await api(node, "GET", "/api/apps/bomb/status");
      assert.match(JSON.stringify(data), /backoff/);
    });
    await t.step("the owner is told", async () => {
      await until(async () => {
        const { data } = await api(node, "GET", "/api/apps/bomb/logs?limit=100");
        return data.some(({ message }: { message: string }) => /paused for 60 s/.test(message));
      });
      const { data } = await api(node, "GET", "/api/activity");
      assert.ok(data.some(({ action }: { action: string }) => action === "app.suspect"));
    });
    await t.step("the pause outlives a crash that has nothing to do with it", async () => {
      await node.kill();
      node = await start();
      assert.match((await visit(node, "bomb", "/api/")).text, /APP_BACKOFF/);
    });
    await t.step("a deploy ends it", async () => {
      await deploy(node, "bomb", { ...files, "api/main.js": `${BOMB}\n// repaired` });
      assert.equal((await visit(node, "bomb", "/api/")).text, "calm");
    });
    await t.step("a node that stops as it should suspects nobody", async () => {
      assert.equal(await exists(`${db}-running`), true);
      await node[Symbol.asyncDispose]();
      assert.equal(await exists(`${db}-running`), false);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
