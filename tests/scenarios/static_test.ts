import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import {
  deploy,
  type Sending,
  startNode,
  type TestNode,
  visit,
  visitHost,
} from "../helpers/mod.ts";

const LONG = "some text that is worth compressing. ".repeat(100);
const VIDEO = Uint8Array.from({ length: 6_500_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);

async function site(): Promise<TestNode> {
  const node = await startNode();
  const { status, error } = await deploy(node, "site", {
    "app.json": JSON.stringify({
      name: "site",
      headers: [{ path: "/assets/*", set: { "x-extra": "yes", "cache-control": "max-age=5" } }],
      redirects: [{ from: "/old/*", to: "/new/:splat", status: 301 }, {
        from: "/out",
        to: "https://example.com/",
      }],
    }),
    "index.html": "<h1>home</h1>",
    "about.html": "<h1>about</h1>",
    "docs/index.html": "<h1>docs</h1>",
    "404.html": "<h1>gone</h1>",
    "long.txt": LONG,
    "video.mp4": VIDEO,
    "assets/app-BX3k9d2a.js": "export {}",
    "fine-3f2a9c1b.css": "a{}",
    "a b/ü ñ.txt": "spaces and letters",
    ".well-known/thing": "known",
    ".hidden/secret": "secret",
    "private/note.txt": "private",
    "api/main.js": "export default () => 'code'",
  });
  assert.equal(status, 201, JSON.stringify(error));
  return node;
}

Deno.test("static serving", async (t) => {
  await using node = await site();
  const get = (path: string, sending?: Sending) => visit(node, "site", path, sending);

  await t.step("each path gives what it should", async () => {
    const cases: [string, number, string?][] = [
      ["/", 200, "<h1>home</h1>"],
      ["/?x=1", 200, "<h1>home</h1>"],
      ["/about", 200, "<h1>about</h1>"],
      ["/about.html", 200, "<h1>about</h1>"],
      ["/docs/", 200, "<h1>docs</h1>"],
      ["/a%20b/%C3%BC%20%C3%B1.txt", 200, "spaces and letters"],
      ["/a%20b/u%CC%88%20n%CC%83.txt", 200, "spaces and letters"],
      ["/.well-known/thing", 200, "known"],
      ["/.hidden/secret", 404],
      ["/private/note.txt", 404],
      ["/app.json", 404],
      ["/api/main.js", 200, "code"],
      ["/nothing", 404, "<h1>gone</h1>"],
      ["/..%2f..%2fetc%2fpasswd", 400],
      ["/%5c..%5cx", 400],
      ["/x%00y", 400],
      ["/%zz", 400],
      ["/../../etc/passwd", 404],
      ["//etc/passwd", 404],
    ];
    const wrong: string[] = [];
    for (const [path, status, text] of cases) {
      const answer = await get(path);
      if (answer.status !== status || (text !== undefined && answer.text !== text)) {
        wrong.push(`${path}: ${answer.status} ${answer.text.slice(0, 60)}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  await t.step("validators: ETag, If-None-Match and HEAD", async () => {
    const first = await get("/long.txt");
    const etag = first.headers.get("etag")!;
    assert.match(etag, /^"baf[a-z2-7]+"$/);
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await get("/long.txt", { headers: { "if-none-match": value } });
      assert.equal(again.status, 304, value);
      assert.equal(again.headers.get("etag"), etag);
      assert.equal(again.bytes.length, 0);
    }
    assert.equal((await get("/long.txt", { headers: { "if-none-match": '"other"' } })).status, 200);
    const head = await get("/long.txt", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length"), head.bytes.length], [
      200,
      String(LONG.length),
      0,
    ]);
  });

  await t.step("the best encoding the client takes, each with its own ETag", async () => {
    const cases: [string, string | null][] = [
      ["br, gzip", "br"],
      ["gzip", "gzip"],
      ["gzip;q=1, br;q=0.5", "gzip"],
      ["br;q=0, gzip;q=0", null],
      ["identity", null],
      ["*", null],
      ["*;q=1", "br"],
    ];
    const etags = new Set<string | null>();
    for (const [accept, expected] of cases) {
      const answer = await get("/long.txt", { headers: { "accept-encoding": accept } });
      assert.equal(answer.headers.get("content-encoding"), expected, accept);
      assert.equal(answer.headers.get("vary"), "accept-encoding");
      const plain = expected === "br"
        ? brotliDecompressSync(answer.bytes)
        : expected === "gzip"
        ? gunzipSync(answer.bytes)
        : answer.bytes;
      assert.equal(new TextDecoder().decode(plain), LONG);
      etags.add(answer.headers.get("etag"));
    }
    assert.equal(etags.size, 3);
  });

  await t.step("ranges of a small file and of a streamed one", async () => {
    for (
      const [path, whole] of [["/long.txt", new TextEncoder().encode(LONG)], [
        "/video.mp4",
        VIDEO,
      ]] as const
    ) {
      const size = whole.length;
      const cases: [string, number, number][] = [
        ["bytes=0-9", 0, 10],
        ["bytes=300000-700000", 300_000, 700_001],
        [`bytes=${size - 5}-`, size - 5, size],
        ["bytes=-7", size - 7, size],
        [`bytes=5-${size * 2}`, 5, size],
      ];
      for (const [range, start, end] of cases) {
        if (start >= size) continue;
        const part = await get(path, { headers: { range } });
        const stop = Math.min(end, size);
        assert.equal(part.status, 206, `${path} ${range}`);
        assert.equal(part.headers.get("content-range"), `bytes ${start}-${stop - 1}/${size}`);
        assert.deepEqual(part.bytes, whole.slice(start, stop));
      }
      assert.equal((await get(path, { headers: { range: `bytes=${size}-` } })).status, 416);
      assert.equal((await get(path, { headers: { range: "bytes=0-1,3-4" } })).status, 200);
      assert.equal((await get(path, { headers: { range: "lines=1-2" } })).status, 200);
      assert.equal(
        (await get(path, { headers: { range: "bytes=0-1", "if-range": '"old"' } })).status,
        200,
      );
      const etag = (await get(path)).headers.get("etag")!;
      assert.equal(
        (await get(path, { headers: { range: "bytes=0-1", "if-range": etag } })).status,
        206,
      );
    }
    const all = await get("/video.mp4");
    assert.equal(all.headers.get("content-length"), String(VIDEO.length));
    assert.deepEqual(all.bytes, VIDEO);
  });

  await t.step("caching, types and the app's own headers", async () => {
    const header = async (path: string, name: string) => (await get(path)).headers.get(name);
    assert.equal(await header("/", "cache-control"), "no-cache");
    assert.equal(
      await header("/fine-3f2a9c1b.css", "cache-control"),
      "public, max-age=31536000, immutable",
    );
    assert.equal(await header("/long.txt", "cache-control"), "public, max-age=0, must-revalidate");
    assert.equal(await header("/assets/app-BX3k9d2a.js", "cache-control"), "max-age=5");
    assert.equal(await header("/assets/app-BX3k9d2a.js", "x-extra"), "yes");
    assert.equal(
      await header("/assets/app-BX3k9d2a.js", "content-type"),
      "text/javascript; charset=utf-8",
    );
    assert.equal(await header("/video.mp4", "content-type"), "video/mp4");
    for (const path of ["/", "/video.mp4", "/nothing"]) {
      assert.equal(await header(path, "x-content-type-options"), "nosniff");
    }
  });

  await t.step("redirects keep to where they should lead", async () => {
    const where = async (path: string) => {
      const { status, headers } = await get(path);
      return `${status} ${headers.get("location")}`;
    };
    assert.equal(await where("/docs?x=1"), "308 /docs/?x=1");
    assert.equal(await where("/old/a/b?c=d"), "301 /new/a/b?c=d");
    assert.equal(await where("/out"), "302 https://example.com/");
    assert.equal(await where("/old///evil.example"), "301 /new/evil.example");
    assert.equal((await get("//docs")).headers.get("location"), null);
  });

  await t.step("only reading is allowed", async () => {
    const answer = await get("/", { method: "POST", body: "x" });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"]);
  });
});

Deno.test("a single-page app answers every page of its own and no missing file", async () => {
  await using node = await startNode();
  await deploy(node, "spa", {
    "app.json": '{"name":"spa","spa":true}',
    "index.html": "<div id=app></div>",
    "main.js": "1",
  });
  await deploy(node, "spa2", { "200.html": "fallback", "index.html": "home" });
  assert.equal((await visit(node, "spa", "/deep/link")).text, "<div id=app></div>");
  assert.equal((await visit(node, "spa", "/deep/link")).status, 200);
  assert.equal((await visit(node, "spa", "/missing.js")).status, 404);
  assert.equal((await visit(node, "spa2", "/deep")).text, "fallback");
});

Deno.test("hosts: exact match, reserved labels, unknown names and confusion", async () => {
  await using node = await startNode();
  await deploy(node, "blog", { "index.html": "blog" });
  const at = async (host: string, path = "/") => (await visitHost(node, host, path)).status;
  assert.equal(await at(`BLOG.localhost:${node.port}`), 200);
  assert.equal(await at(`blog.localhost.:${node.port}`), 200);
  assert.equal(await at(`x.blog.localhost:${node.port}`), 421);
  assert.equal(await at(`localhost:${node.port}`), 200);
  assert.equal(await at(`mail.localhost:${node.port}`), 404);
  assert.equal(await at(`nobody.localhost:${node.port}`), 404);
  assert.equal(await at("example.com"), 421);
  assert.equal(await at("bad host"), 400);
  assert.equal(
    await at(`blog.localhost:${node.port}`, `http://admin.localhost:${node.port}/`),
    400,
  );
});
