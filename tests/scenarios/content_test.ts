import { CarReader } from "@ipld/car";
import { CID } from "multiformats/cid";
import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { cidOf, folderDag } from "../../kernel/fs/mod.ts";
import {
  type Answer,
  api,
  cliIn,
  deploy,
  folderOf,
  type Sending,
  startNode,
  type TestNode,
  until,
  visit,
  visitHost,
} from "../helpers/mod.ts";

const CHUNK = 262_144;
const IMMUTABLE = "public, max-age=29536000, immutable";
const text = (value: string) => new TextEncoder().encode(value);
const cid = (value: string) => cidOf(text(value));

const APP = `export default async (request) => {
  const { pathname } = new URL(request.url);
  const { fs } = fazt;
  if (pathname === "/api/own") {
    const hidden = await fs.cid("private/s.txt");
    const has = await Promise.all([hidden, ${JSON.stringify(cid("other's secret"))}, ${
  JSON.stringify(cid("other's page"))
}, "nonsense"].map((one) => fs.hasCid(one)));
    const away = await fs.ipfsUrl("private/s.txt").catch((error) => error.code);
    return { has, away, url: await fs.ipfsUrl("index.html"), all: await fs.ipfsUrl("") };
  }
  const cid = await fs.add(new Blob(["from ", "the app"]), { name: "note.txt" });
  const got = new TextDecoder().decode(await fs.get(cid));
  const pins = (await fs.pins()).map(({ name, size }) => [name, size]);
  return { cid, got, pins, gone: [await fs.unpin(cid), await fs.unpin(cid)] };
};`;

const SITE = {
  "app.json": JSON.stringify({ name: "blog", permissions: ["storage:s3"] }),
  "index.html": "<h1>hi</h1><script>alert(1)</script>",
  "js/a.js": "alert(document.domain)",
  "css/a.css": "body{}",
  "css/<img src=x onerror=1>.txt": "name",
  "private/s.txt": "own secret",
  "api/main.js": APP,
  "big.bin": Uint8Array.from({ length: 3 * CHUNK + 5 }, (_, i) => i * 31 + (i >> 12)),
};

/** The cid of what visitors see of the site, as any tool computes it. */
async function publicRoot(): Promise<string> {
  const files = Object.entries(SITE).filter(([path]) => !/^(?:app\.json|private|api)/.test(path))
    .map(([path, content]) => {
      const bytes = typeof content === "string" ? text(content) : content;
      return { path, cid: cidOf(bytes), size: bytes.length };
    });
  return (await folderDag(files)).folders.get("")!.cid;
}

/** Asks the host of nothing but content. */
const root = (node: TestNode, path: string, sending?: Sending): Promise<Answer> =>
  visitHost(node, `localhost:${node.port}`, path, sending);

Deno.test("public content answers by its cid on every host, and nothing else does", async (t) => {
  await using node = await startNode();
  const { data } = await deploy(node, "blog", SITE, { approve: true });
  await deploy(node, "other", { "index.html": "other's page", "private/x": "other's secret" });
  const top = await publicRoot();
  assert.equal(data.app.publicCid, top);

  await t.step("each file is served whole, in parts, or not again, for ever", async () => {
    const path = `/ipfs/${top}/big.bin`;
    const whole = await root(node, path);
    assert.equal(whole.status, 200);
    assert.deepEqual(whole.bytes, SITE["big.bin"]);
    assert.equal(whole.headers.get("cache-control"), IMMUTABLE);
    const etag = whole.headers.get("etag")!;
    assert.equal(etag, `"${cidOf(SITE["big.bin"])}"`);
    const part = await root(node, path, { headers: { range: `bytes=${CHUNK - 2}-${CHUNK + 1}` } });
    assert.deepEqual([part.status, [...part.bytes]], [206, [
      ...SITE["big.bin"].slice(CHUNK - 2, CHUNK + 2),
    ]]);
    assert.equal((await root(node, path, { headers: { "if-none-match": etag } })).status, 304);
    assert.equal((await root(node, path, { headers: { range: "bytes=9999999-" } })).status, 416);
    const head = await root(node, path, { method: "HEAD" });
    assert.deepEqual([head.bytes.length, head.headers.get("content-length")], [0, "786437"]);
    assert.equal((await root(node, path, { method: "POST" })).status, 405);
  });

  await t.step("no host lets content act as its own", async () => {
    const scripts: [string, string][] = [
      [`localhost:${node.port}`, "text/javascript; charset=utf-8"],
      [`blog.localhost:${node.port}`, "text/javascript; charset=utf-8"],
      [`other.localhost:${node.port}`, "text/plain; charset=utf-8"],
      [`admin.localhost:${node.port}`, "text/plain; charset=utf-8"],
      [`127.0.0.1:${node.port}`, "text/plain; charset=utf-8"],
    ];
    for (const [host, type] of scripts) {
      for (
        const [path, expected] of [["js/a.js", type], ["index.html", "text/html; charset=utf-8"]]
      ) {
        const answer = await visitHost(node, host, `/ipfs/${top}/${path}`);
        assert.equal(answer.status, 200, host);
        assert.equal(answer.headers.get("content-type"), expected, host);
        assert.equal(answer.headers.get("content-security-policy"), "sandbox");
        assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
        assert.equal(answer.headers.get("set-cookie"), null);
      }
    }
    const bare = await root(node, `/ipfs/${cid(SITE["index.html"])}`);
    assert.equal(bare.headers.get("content-type"), "text/plain; charset=utf-8");
    const named = await root(node, `/ipfs/${cid(SITE["index.html"])}?filename=a%0d%0a";.html`);
    assert.equal(named.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(
      named.headers.get("content-disposition"),
      "inline; filename*=UTF-8''a%0D%0A%22%3B.html",
    );
    assert.equal((await visitHost(node, "evil.example", `/ipfs/${top}/`)).status, 421);
    assert.equal((await visit(node, "nobody", `/ipfs/${top}/`)).status, 404);
  });

  await t.step("folders show their index or their names, whatever those are", async () => {
    const page = await root(node, `/ipfs/${top}/`);
    assert.equal(page.text, SITE["index.html"]);
    const moved = await root(node, `/ipfs/${top}/css?x`);
    assert.deepEqual([moved.status, moved.headers.get("location")], [301, `/ipfs/${top}/css/?x`]);
    const listing = await root(node, `/ipfs/${top}/css/`);
    assert.equal(listing.headers.get("content-type"), "text/html; charset=utf-8");
    assert.ok(listing.text.includes("&#60;img src=x onerror=1&#62;.txt"));
    assert.equal(listing.text.includes("<img"), false);
    assert.match(listing.headers.get("content-security-policy")!, /sandbox; default-src 'none'/);
    const json = await root(node, `/ipfs/${top}/`, { headers: { accept: "application/json" } });
    const { entries } = JSON.parse(json.text).data;
    // deno-lint-ignore no-explicit-any -- whatever the listing gives
    assert.deepEqual(entries.map(({ name }: any) => name), ["css", "js", "big.bin", "index.html"]);
  });

  await t.step("a cid is no key to what is not public", async () => {
    const secrets = [SITE["private/s.txt"], SITE["app.json"], APP, "other's secret", "unknown"];
    const unknown = await root(node, `/ipfs/${cid("unknown")}`);
    for (const secret of secrets) {
      for (const form of ["", "?format=raw", "?format=car"]) {
        const answer = await root(node, `/ipfs/${cid(secret)}${form}`);
        assert.deepEqual([answer.status, answer.text], [404, unknown.text], secret);
      }
    }
    for (const path of ["private/s.txt", "private/", "api/main.js", "app.json"]) {
      assert.equal((await root(node, `/ipfs/${top}/${path}`)).status, 404, path);
      assert.equal((await visit(node, "blog", `/ipfs/${data.app.cid}/${path}`)).status, 404, path);
    }
    assert.equal((await root(node, `/ipfs/${data.app.cid}/`)).status, 404);
  });

  await t.step("tricks with paths and cids lead nowhere", async () => {
    const status = async (path: string) => (await root(node, path)).status;
    assert.equal(await status(`/ipfs/${top}/../../health`) === 200, false);
    for (const path of ["/css//a.css", "/css%2fa.css", "/%2e%2e/x", "/css/..%5cx"]) {
      assert.ok([400, 404].includes(await status(`/ipfs/${top}${path}`)), path);
    }
    assert.equal(await status(`/ipfs/${top}/index.html/x`), 404);
    assert.equal(await status(`/ipfs/${top}/index.html/`), 404);
    assert.equal(await status(`/ipfs/${"b".repeat(6000)}`), 404);
    assert.equal(await status(`/ipfs/${CID.createV1(0x71, CID.parse(top).multihash)}`), 400);
    assert.equal(await status(`/ipfs/${top}/index.html?format=tar`), 400);
    const v0 = CID.parse(top).toV0().toString();
    const moved = await root(node, `/ipfs/${v0}/css/a.css?y=1`);
    assert.deepEqual([moved.status, moved.headers.get("location")], [
      301,
      `/ipfs/${top}/css/a.css?y=1`,
    ]);
    await deploy(node, "folder", { "ipfs/index.html": "an app's own folder" });
    assert.equal((await visit(node, "folder", "/ipfs/")).text, "an app's own folder");
  });

  await t.step("blocks can be checked by whoever asks for them", async () => {
    const accept = { accept: "application/vnd.ipld.car" };
    for (const path of [`/ipfs/${top}?format=car`, `/ipfs/${top}`]) {
      const car = await root(node, path, { headers: accept });
      assert.match(car.headers.get("content-type")!, /^application\/vnd\.ipld\.car; version=1/);
      const reader = await CarReader.fromBytes(car.bytes);
      assert.deepEqual((await reader.getRoots()).map(String), [top]);
      let blocks = 0;
      for await (const { cid, bytes } of reader.blocks()) {
        blocks++;
        const hash = createHash("sha256").update(bytes).digest();
        assert.deepEqual(new Uint8Array(hash), new Uint8Array(cid.multihash.digest));
      }
      assert.equal(blocks, 3 + 1 + 4 + 4);
    }
    const entity = await root(node, `/ipfs/${top}?format=car&dag-scope=block`);
    assert.equal([...(await CarReader.fromBytes(entity.bytes))._keys].length, 1);
    const below = await root(node, `/ipfs/${top}/css/a.css?format=car`);
    const keys = [...(await CarReader.fromBytes(below.bytes))._keys];
    assert.equal(keys.length, 3);
    const raw = await root(node, `/ipfs/${top}?format=raw`);
    const hash = createHash("sha256").update(raw.bytes).digest();
    assert.deepEqual(new Uint8Array(hash), new Uint8Array(CID.parse(top).multihash.digest));
    assert.equal(raw.headers.get("content-type"), "application/vnd.ipld.raw");
    const again = { "if-none-match": raw.headers.get("etag")! };
    assert.equal((await root(node, `/ipfs/${top}?format=raw`, { headers: again })).status, 304);
  });

  await t.step("an app names its own, publishes what it adds, and sees nobody else's", async () => {
    const own = JSON.parse((await visit(node, "blog", "/api/own")).text);
    assert.deepEqual(own.has, [true, false, true, false]);
    assert.equal(own.away, "NOT_FOUND");
    assert.ok(own.all.endsWith(`/ipfs/${top}/`));
    const { pathname, search } = new URL(own.url);
    assert.equal((await root(node, pathname + search)).text, SITE["index.html"]);
    const added = JSON.parse((await visit(node, "blog", "/api")).text);
    assert.deepEqual([added.cid, added.got], [cid("from the app"), "from the app"]);
    assert.deepEqual([added.pins, added.gone], [[["note.txt", 12]], [true, false]]);
  });
});

Deno.test("people name, keep and move content on the command line", async () => {
  await using node = await startNode();
  const folder = await folderOf({ "site/a/b.txt": "b", "site/c.bin": SITE["big.bin"] });
  const fazt = async (...args: string[]) => {
    const ran = await cliIn(folder, node, ...args, "--json");
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout === "" ? undefined : JSON.parse(ran.stdout);
  };
  try {
    const named = await fazt("fs", "cid", "./site");
    await fazt("app", "deploy", "./site");
    assert.equal((await fazt("fs", "cid", "site")).cid, named.cid);
    assert.equal((await fazt("app", "revisions", "site"))[0].cid, named.cid);
    const listed = await fazt("fs", "ls", "site");
    assert.deepEqual(listed.entries.map(({ name }: { name: string }) => name), ["a", "c.bin"]);
    assert.equal((await cliIn(folder, node, "fs", "cat", "site:a/b.txt")).stdout, "b");
    assert.equal((await cliIn(folder, node, "fs", "cat", `${named.cid}/a/b.txt`)).stdout, "b");
    await fazt("fs", "export", "site", "-o", "site.car");
    await fazt("app", "remove", "site", "--yes");
    assert.equal((await root(node, `/ipfs/${named.cid}/a/b.txt`)).status, 404);
    const pin = await fazt("fs", "import", "site.car");
    assert.deepEqual([pin.cid, pin.name, pin.files], [named.cid, "site", 2]);
    assert.equal((await root(node, `/ipfs/${named.cid}/a/b.txt`)).text, "b");
    await fazt("storage", "pins", "remove", named.cid);
    assert.equal((await root(node, `/ipfs/${named.cid}/a/b.txt`)).status, 404);
    await deploy(node, "blog", { "index.html": "hi" });
    const file = await fazt("storage", "upload", "site/c.bin", "--app", "blog", "--private");
    assert.equal((await root(node, `/ipfs/${file.cid}`)).status, 404);
    const upload = await fazt("storage", "upload", "./site", "--name", "Mine");
    assert.deepEqual([upload.cid, upload.url], [
      named.cid,
      `http://localhost:${node.port}/ipfs/${named.cid}`,
    ]);
    const pins = await fazt("storage", "pins", "list");
    assert.deepEqual(
      pins.map(({ name, app, public: open }: Record<string, unknown>) => [name, app, open]).sort(),
      [["Mine", undefined, true], ["c.bin", "blog", false]],
    );
    await Deno.writeTextFile(`${folder}/bad.car`, "no car");
    const bad = await cliIn(folder, node, "fs", "import", "bad.car");
    assert.deepEqual([bad.code, /Cannot import the CAR/.test(bad.stderr)], [1, true]);
    const none = await cliIn(folder, node, "fs", "cat", "blog:nothing.txt");
    assert.equal(none.code, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what belongs to an app is changed with its keys only", async () => {
  await using node = await startNode();
  await deploy(node, "blog", { "index.html": "hi" });
  await deploy(node, "shop", { "index.html": "hi" });
  const key = async (scope: string) => {
    const { data } = await api(node, "POST", "/api/keys", {
      body: { name: scope.replace(":", "-"), scopes: [scope] },
    });
    return data.token as string;
  };
  const [reader, deployer] = [await key("read"), await key("deploy:blog")];
  const body = { files: [{ path: "", cid: cid("hi") }] };
  const status = async (token: string, method: string, path: string) =>
    (await api(node, method, path, { token, ...(method === "POST" ? { body } : {}) })).status;
  assert.equal(await status(deployer, "POST", "/api/pins/apps/blog"), 201);
  assert.equal(await status(deployer, "POST", "/api/pins/apps/shop"), 403);
  assert.equal(await status(deployer, "POST", "/api/pins"), 403);
  assert.equal(await status(deployer, "GET", `/api/fs/cids/${cid("hi")}`), 403);
  assert.equal(await status(reader, "GET", `/api/fs/cids/${cid("hi")}`), 200);
  assert.equal(await status(reader, "POST", "/api/pins/apps/blog"), 403);
  assert.equal(await status(reader, "DELETE", `/api/pins/apps/blog/cids/${cid("hi")}`), 403);
  assert.equal(await status("", "GET", "/api/pins"), 401);
  assert.equal(await status(deployer, "DELETE", `/api/pins/apps/blog/cids/${cid("hi")}`), 200);
  await until(async () => {
    const { data } = await api(node, "GET", "/api/activity");
    const actions = data.map(({ action }: { action: string }) => action);
    return actions.includes("pin.add") && actions.includes("pin.remove");
  });
});
