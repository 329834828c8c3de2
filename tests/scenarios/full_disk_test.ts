// A database that may not grow any more, as on a full disk.
import assert from "node:assert/strict";
import { MIB } from "../../kernel/lib/bytes.ts";
import {
  api,
  assertRefused,
  cli,
  deploy,
  type Expected,
  halves,
  noise,
  Standing,
  startNode,
  visit,
} from "../helpers/mod.ts";

const FULL: Expected = {
  status: 507,
  code: "DISK_FULL",
  message: /the disk is full/,
  hint: /free space/,
};
const KV = {
  "app.json": '{"name":"kv","permissions":["storage:kv"]}',
  "api/main.js": `export default async (request) => {
  const { key, size } = await request.json();
  if (size === undefined) return { found: (await fazt.storage.kv.get(key))?.length ?? null };
  try {
    await fazt.storage.kv.set(key, "x".repeat(size));
    return { kept: size };
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}`,
};

Deno.test("on a full disk everything is served, what does not fit is refused whole, and space heals it", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "fazt-full-" });
  const db = `${folder}/data.db`;
  try {
    {
      await using node = await startNode({ db, env: { FAZT_DATABASE_MAXMB: "8" } });
      const kv = async (body: unknown) =>
        JSON.parse(
          (await visit(node, "kv", "/api/", { method: "POST", body: JSON.stringify(body) })).text,
        );
      const app = await Standing.on(node, "target");
      assert.equal((await deploy(node, "kv", KV)).status, 201);
      assert.deepEqual(await kv({ key: "a", size: 10 }), { kept: 10 });

      await t.step("a deploy that does not fit is refused, and one that fits is done", async () => {
        await app.survives(
          () => deploy(node, "target", { "index.html": "bad", "film.mp4": noise(20 * MIB) }),
          FULL,
        );
        assert.deepEqual(halves(db), []);
      });
      await t.step("the last bytes go, then even a small deploy is refused", async () => {
        let refused;
        for (let i = 0; !refused && i < 2000; i++) {
          const done = await deploy(node, "filler", {
            "index.html": noise(i < 30 ? 262_144 : 8192),
          });
          if (done.error) refused = done;
        }
        assertRefused(refused!, FULL);
        await app.stands();
        assert.deepEqual(halves(db), []);
      });
      await t.step(
        "an app that writes is told DISK_FULL, and what it had it can read",
        async () => {
          assert.equal((await kv({ key: "b", size: 500_000 })).code, "DISK_FULL");
          assert.deepEqual(await kv({ key: "b" }), { found: null });
          assert.deepEqual(await kv({ key: "a" }), { found: 10 });
        },
      );
      await t.step("the API reads, and the command line says what to do", async () => {
        assert.equal((await api(node, "GET", "/api/system/health")).status, 200);
        const site = await Deno.makeTempDir({ prefix: "fazt-site-" });
        await Deno.writeFile(`${site}/index.html`, noise(300_000));
        const ran = await cli(node, "app", "deploy", site, "--name", "target");
        await Deno.remove(site, { recursive: true });
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /error: Cannot write: the disk is full\nhint: free space/);
        await app.stands();
      });
    }
    await t.step("a node that stopped on a full disk starts there again and serves", async () => {
      await using node = await startNode({ db, env: { FAZT_DATABASE_MAXMB: "8" } });
      assert.match((await visit(node, "target", "/")).text, /^<h1>target \d<\/h1>$/);
      assertRefused(await deploy(node, "filler", { "index.html": noise(300_000) }), FULL);
      assert.equal((await api(node, "DELETE", "/api/apps/filler")).status, 200);
      assert.equal((await visit(node, "filler", "/")).status, 404);
    });
    await t.step("with more space everything goes on, nothing half-written stayed", async () => {
      assert.deepEqual(halves(db), []);
      await using node = await startNode({ db });
      assert.match((await visit(node, "target", "/")).text, /^<h1>target \d<\/h1>$/);
      const done = await deploy(node, "target", { "film.mp4": noise(9 * MIB) });
      assert.equal(done.status, 201, JSON.stringify(done.error));
      assert.equal((await visit(node, "target", "/film.mp4")).bytes.length, 9 * MIB);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
