// What one host, app, revision or person is shown is never shown to another, however often it was
// asked for and whatever the node or a cache in between keeps.
import assert from "node:assert/strict";
import { api, deploy, type Sending, startNode, visit, visitHost } from "../helpers/mod.ts";

const TEXT = "words that are worth compressing. ".repeat(100);
const app = (name: string, mark: string) => ({
  "app.json": JSON.stringify({
    name,
    headers: [{ path: "/page*", set: { "x-mark": mark } }],
    cors: { origins: ["https://one.example", "https://two.example"] },
    redirects: [{ from: "/go", to: `/${mark}` }],
  }),
  "index.html": `index of ${mark}`,
  "page.html": `page of ${mark}. ${TEXT}`,
  "same.txt": TEXT,
  "404.html": `${mark} has no such page`,
  "api/main.js": `export default (r, c) =>
    ({ mark: ${JSON.stringify(mark)}, cookie: r.headers.get("cookie"), url: r.url })`,
});

Deno.test("nothing that is kept reaches another host, app, revision or person", async (t) => {
  await using node = await startNode();
  assert.equal((await deploy(node, "left", app("left", "left-one"))).status, 201);
  assert.equal((await deploy(node, "right", app("right", "right-one"))).status, 201);
  const br = { headers: { "accept-encoding": "br" } };

  await t.step("two apps asked by turns, many at once", async () => {
    const asked = Array.from({ length: 200 }, (_, i) => i % 2 === 0 ? "left" : "right");
    const answers = await Promise.all(asked.map(async (name, i) => {
      const path = ["/", "/page", "/missing", "/api/"][Math.floor(i / 2) % 4]!;
      return [name, path, (await visit(node, name, path)).text] as const;
    }));
    for (const [name, path, text] of answers) assert.match(text, RegExp(`${name}-one`), path);
  });

  await t.step("a tag of one app is none of another's, unless the bytes are the same", async () => {
    const tag = async (name: string, path: string) =>
      (await visit(node, name, path)).headers.get("etag")!;
    const page = await tag("left", "/page");
    const ask = (name: string, path: string, etag: string) =>
      visit(node, name, path, { headers: { "if-none-match": etag } });
    assert.equal((await ask("left", "/page", page)).status, 304);
    const other = await ask("right", "/page", page);
    assert.deepEqual([other.status, other.headers.get("x-mark")], [200, "right-one"]);
    assert.equal(await tag("left", "/same.txt"), await tag("right", "/same.txt"));
  });

  await t.step("forms of one file have tags of their own and say what they depend on", async () => {
    const plain = await visit(node, "left", "/page");
    const small = await visit(node, "left", "/page", br);
    assert.equal(small.headers.get("content-encoding"), "br");
    for (const { headers } of [plain, small]) {
      assert.match(headers.get("vary") ?? "", /accept-encoding/i);
    }
    assert.notEqual(plain.headers.get("etag"), small.headers.get("etag"));
    const wrong = { "if-none-match": small.headers.get("etag")!, "accept-encoding": "identity" };
    const again = await visit(node, "left", "/page", { headers: wrong });
    assert.ok(again.status === 304 || again.text === plain.text);
    assert.equal((await visit(node, "left", "/page")).text, plain.text);
  });

  await t.step("what is allowed to one origin is not kept for the next", async () => {
    for (const path of ["/page", "/api/"]) {
      for (const origin of ["https://one.example", "https://two.example", "https://bad.example"]) {
        const { headers } = await visit(node, "left", path, { headers: { origin } });
        const allowed = headers.get("access-control-allow-origin");
        assert.equal(allowed, origin.includes("bad") ? null : origin, path);
        assert.match(headers.get("vary") ?? "", /origin/i, `${path} ${origin}`);
      }
      const { headers } = await visit(node, "left", path);
      assert.match(headers.get("vary") ?? "", /origin/i, `${path} without an origin`);
    }
  });

  await t.step("what code answers is made for each, and kept by nobody", async () => {
    const as = async (cookie: string) => {
      const { text, headers } = await visit(node, "left", "/api/", { headers: { cookie } });
      assert.equal(headers.get("cache-control"), "private");
      return JSON.parse(text).cookie;
    };
    const people = Array.from({ length: 20 }, (_, i) => `who=${i}`);
    assert.deepEqual(await Promise.all(people.map(as)), people);
  });

  await t.step("the owner's answers are not kept either", async () => {
    const paths = ["/api/apps", "/api/system/health", "/api/keys"];
    for (const path of paths) {
      const { status, headers } = await api(node, "GET", path);
      assert.equal(status, 200);
      assert.match(headers.get("cache-control") ?? "", /no-store/, path);
      assert.notEqual((await api(node, "GET", path, { token: "" })).status, 200, path);
    }
  });

  await t.step(
    "names of the host in other spellings are the same app, ports and cases too",
    async () => {
      const hosts = [`LEFT.localhost:${node.port}`, `left.localhost.:${node.port}`];
      for (const host of hosts) {
        const { status, text } = await visitHost(node, host, "/");
        assert.ok(status >= 300 || text === "index of left-one", `${host}: ${text}`);
      }
      // A header that only a proxy of the owner's may send names no other app.
      const sly: Sending = {
        headers: { "x-host": "right.localhost", "x-original-url": "/same.txt" },
      };
      assert.equal((await visit(node, "left", "/", sly)).text, "index of left-one");
    },
  );

  await t.step("the next revision is there at once, and so is the one before", async () => {
    const before = await visit(node, "left", "/page", br);
    assert.equal((await deploy(node, "left", app("left", "newer"))).status, 201);
    const headers = { "if-none-match": before.headers.get("etag")! };
    const after = await visit(node, "left", "/page", { headers });
    assert.deepEqual([after.status, after.headers.get("x-mark")], [200, "newer"]);
    assert.equal((await visit(node, "left", "/go")).headers.get("location"), "/newer");
    assert.match((await visit(node, "left", "/api/")).text, /newer/);
    assert.equal((await api(node, "POST", "/api/apps/left/rollback")).status, 200);
    assert.match((await visit(node, "left", "/page")).text, /left-one/);
    assert.match((await visit(node, "left", "/api/")).text, /left-one/);
  });
});
