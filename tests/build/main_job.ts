import assert from "node:assert/strict";
import {
  cli,
  type Files,
  folderOf,
  type Program,
  startNode,
  type TestNode,
  visit,
  visitHost,
} from "../helpers/mod.ts";

/** A page, and code that needs the bundler, the standard library, a realm and the database. */
const APP: Files = {
  "app.json": JSON.stringify({ name: "shop", permissions: ["storage:kv"] }),
  "index.html": "<!doctype html><title>shop</title><link rel=stylesheet href=/css/site.css>",
  "css/site.css": "body { margin: 0 }\n".repeat(200),
  "api/main.ts": `import { z } from "zod";
import { total } from "./total.ts";
const Order = z.object({ item: z.string().min(1), count: z.number().int().positive() });
export default async function (request: Request): Promise<unknown> {
  const parsed = Order.safeParse(await request.json());
  if (!parsed.success) return Response.json({ problems: parsed.error.issues.length }, { status: 422 });
  return { item: parsed.data.item, total: await total(parsed.data.item, parsed.data.count) };
}`,
  "api/total.ts": `import fazt from "fazt";
export const total = (item: string, count: number) =>
  fazt.storage.kv.increment("item:" + item, count) as Promise<number>;`,
};

/** Tries every way out that the host has; answers what each gave. */
const BURGLAR: Files = {
  "app.json": '{"name":"burglar"}',
  "api/main.js": `const tries = {
  deno: () => typeof Deno,
  process: () => typeof process,
  worker: () => typeof Worker,
  read: () => globalThis.Deno.readTextFileSync("/etc/passwd"),
  write: () => globalThis.Deno.writeTextFileSync("/tmp/fazt-burglar", "x"),
  text: () => new Function("return Deno")().version,
  file: async () => (await fetch("file:///etc/passwd")).text(),
  node: async () => (await fetch("http://127.0.0.1:" + port + "/health")).text(),
};
let port;
export default async (request) => {
  port = new URL(request.url).port;
  const found = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      found[name] = String(await attempt());
    } catch (error) {
      found[name] = "refused: " + error.message;
    }
  }
  return found;
};`,
};

/** Deploys with the program's own command line; fails unless it says yes. */
async function deployed(node: TestNode, files: Files): Promise<void> {
  const folder = await folderOf(files);
  try {
    const ran = await cli(node, "app", "deploy", folder, "--json");
    assert.equal(ran.code, 0, ran.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const order = (node: TestNode, body: unknown) =>
  visit(node, "shop", "/api/orders", { method: "POST", body: JSON.stringify(body) });

/** The main job, done by a built program as it is handed to people: server and command line. */
export async function mainJob(
  t: Deno.TestContext,
  { program, db }: { readonly program: Program; readonly db: string },
): Promise<void> {
  {
    await using node = await startNode({ program, db });
    await t.step("it starts, welcomes, and serves the dashboard", async () => {
      assert.match((await visit(node, "welcome", "/")).text, /This page lives in your database/);
      const host = `admin.localhost:${node.port}`;
      const page = (await visitHost(node, host, "/")).text;
      const parts = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css|svg))"/g)];
      const paths = parts.map(([, path]) => path!);
      assert.deepEqual([...new Set(paths.map((path) => path.replace(/.*\./, "")))].sort(), [
        "css",
        "js",
        "svg",
      ]);
      for (const path of paths) {
        const { status, text } = await visitHost(node, host, path);
        assert.equal(status, 200, path);
        assert.ok(text.length > 100, path);
      }
    });
    await t.step("its command line deploys a folder, which is served", async () => {
      await deployed(node, APP);
      assert.equal((await visit(node, "shop", "/")).text, APP["index.html"]);
      const style = await visit(node, "shop", "/css/site.css", {
        headers: { "accept-encoding": "identity" },
      });
      assert.equal(style.text, APP["css/site.css"]);
    });
    await t.step("server code runs with zod and kv", async () => {
      assert.equal((await order(node, { item: "tea", count: 2 })).text, '{"item":"tea","total":2}');
      assert.equal((await order(node, { item: "tea", count: 3 })).text, '{"item":"tea","total":5}');
      const wrong = await order(node, { item: "", count: 0 });
      assert.deepEqual([wrong.status, wrong.text], [422, '{"problems":2}']);
    });
    await t.step("it shows what the app's realm may do: nothing but its storage", async () => {
      const ran = await cli(node, "app", "grants", "show", "shop", "--json");
      assert.equal(ran.code, 0, ran.stderr);
      const { approved, permissions } = JSON.parse(ran.stdout);
      assert.deepEqual(approved, ["storage:kv"]);
      assert.deepEqual(permissions, {
        read: false,
        write: false,
        net: false,
        sys: false,
        env: false,
        run: false,
        ffi: false,
        import: false,
      });
    });
    await t.step("an app that reaches for the host gets nothing", async () => {
      await deployed(node, BURGLAR);
      const found = JSON.parse((await visit(node, "burglar", "/api/")).text);
      const { deno, process, worker, ...refused } = found;
      assert.deepEqual([deno, process, worker], ["undefined", "undefined", "undefined"]);
      assert.deepEqual(Object.keys(refused), ["read", "write", "text", "file", "node"]);
      for (const [name, text] of Object.entries(refused)) {
        assert.match(String(text), /^refused: /, name);
      }
    });
    await t.step("a mistake in the code is told with its place", async () => {
      const folder = await folderOf({
        "api/main.ts": "export default () => {\n  let = 1;;\n  (\n}",
      });
      const ran = await cli(node, "app", "deploy", folder, "--name", "shop");
      await Deno.remove(folder, { recursive: true });
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /error: Cannot build api\/main\.ts: .*\(api\/main\.ts:\d+:\d+\)/);
      assert.equal((await visit(node, "shop", "/")).text, APP["index.html"]);
    });
    await t.step("it backs itself up, and proves that it can be restored", async () => {
      const kept = await cli(node, "backup", "secret", "passphrase", "--value", "correct horse");
      assert.equal(kept.code, 0, kept.stderr);
      const made = await cli(node, "backup", "create", "--json");
      assert.equal(made.code, 0, made.stderr);
      assert.equal(JSON.parse(made.stdout).encrypted, true);
      const verified = await cli(node, "backup", "verify", "latest", "--json");
      assert.equal(verified.code, 0, verified.stderr);
      const removed = await cli(node, "backup", "remove", "latest", "--yes");
      assert.equal(removed.code, 0, removed.stderr);
      await Deno.remove(`${db.slice(0, db.lastIndexOf("/"))}/backups`, { recursive: true });
    });
    await t.step("SIGTERM ends it", async () => {
      node.child.kill("SIGTERM");
      assert.equal((await node.child.status).code, 0);
      await assert.rejects(fetch(`${node.url}/health`));
    });
  }
  await t.step("started again, it has everything", async () => {
    await using node = await startNode({ program, db });
    assert.equal((await order(node, { item: "tea", count: 1 })).text, '{"item":"tea","total":6}');
  });
}
