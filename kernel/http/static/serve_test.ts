import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type AppsFixture, manifest, withApps } from "../../apps/testing.ts";
import { cidOf, Vfs } from "../../fs/mod.ts";
import { readFields } from "../../lib/request_fields.ts";
import { sameBytes } from "../../lib/testing/same_bytes.ts";
import { NOTHING, serveStatic, type StaticDeps } from "./serve.ts";
import type { Site } from "./site.ts";

const LONG = "some text that is worth compressing. ".repeat(100);
const bytes = (text: string) => new TextEncoder().encode(text);

type Ask = (path: string, init?: RequestInit, site?: Site) => Response;

const depsOf = (site: Site, vfs: Vfs): Omit<StaticDeps, "fields"> => ({
  site,
  vfs,
  also: NOTHING,
  found: () => {},
  sent: { sent: () => {} },
  admit: () => undefined,
});

/** Asks for a path. */
function askFor(url: string, init: RequestInit, deps: Omit<StaticDeps, "fields">): Response {
  const request = new Request(url, init);
  return serveStatic(request, { ...deps, fields: readFields(request.headers) });
}

/** Deploys files and asks for paths of them. */
async function serve(
  t: AppsFixture,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly ask: Ask; readonly site: Site }> {
  const { app } = await t.deploy(files, { name: "site" });
  const site = t.apps.site(app.id)!;
  return {
    site,
    ask: (path, init = {}, as = site) =>
      askFor(`http://site.localhost${path}`, init, depsOf(as, t.vfs)),
  };
}

async function shown(response: Response): Promise<string> {
  const location = response.headers.get("location");
  return `${response.status} ${
    location ?? (await response.text()).replace(/^<!doctype.*/, "page")
  }`;
}

async function check(
  ask: (path: string) => Response,
  cases: readonly (readonly [string, string])[],
) {
  const got = await Promise.all(cases.map(async ([path]) => [path, await shown(ask(path))]));
  assert.deepEqual(got, cases);
}

Deno.test(
  "a path names its file, the page without .html, or the index of a folder",
  withApps(async (t) => {
    const { ask, site } = await serve(t, {
      "index.html": "home",
      "about.html": "about",
      "about": "exact",
      "team.html": "team",
      "docs/index.html": "docs",
      "docs.txt": "text",
      "blog.html": "blog page",
      "blog/index.html": "blog folder",
    });
    await check(ask, [
      ["/", "200 home"],
      ["/index.html", "200 home"],
      ["/about", "200 exact"],
      ["/about.html", "200 about"],
      ["/team", "200 team"],
      ["/team/", "404 page"],
      ["/docs/", "200 docs"],
      ["/docs", "308 /docs/"],
      ["/docs?a=1", "308 /docs/?a=1"],
      ["/blog", "200 blog page"],
      ["/blog/", "200 blog folder"],
      ["/docs.txt/", "404 page"],
      ["/TEAM", "404 page"],
    ]);
    const strict = { ...site, cleanUrls: false };
    await check((path) => ask(path, {}, strict), [
      ["/team", "404 page"],
      ["/team.html", "200 team"],
      ["/blog", "308 /blog/"],
    ]);
  }),
);

Deno.test(
  "source, manifest, private files and dot-files are not there, however they are spelt",
  withApps(async (t) => {
    const { ask, site } = await serve(t, {
      "app.json": manifest("site"),
      "private/note.txt": "secret",
      ".env": "secret",
      ".git/config": "secret",
      "a/.hidden/x": "secret",
      ".well-known/security.txt": "known",
      ".well-knownish/x": "secret",
      "a/.well-known/x": "known",
      "file.with.dots": "seen",
      "api/main.js": "export default () => 'secret'",
    });
    assert.equal(site.hasServer, true);
    await check(ask, [
      ["/app.json", "404 page"],
      ["/%61pp.json", "404 page"],
      ["/private/note.txt", "404 page"],
      ["/%70rivate/note.txt", "404 page"],
      ["/private/", "404 page"],
      ["/.env", "404 page"],
      ["/%2eenv", "404 page"],
      ["/.git/config", "404 page"],
      ["/a/.hidden/x", "404 page"],
      ["/.well-knownish/x", "404 page"],
      ["/api/main.js", "404 page"],
      ["/api", "404 page"],
      ["/%61pi/main.js", "404 page"],
      ["/.well-known/security.txt", "200 known"],
      ["/a/.well-known/x", "200 known"],
      ["/file.with.dots", "200 seen"],
    ]);
  }),
);

Deno.test(
  "a folder that is hidden does not even show that it is there",
  withApps(async (t) => {
    const { ask } = await serve(t, {
      "private/index.html": "secret",
      ".git/index.html": "secret",
      "private.html": "public",
      "app.json": manifest("site", { cleanUrls: false }),
    });
    await check(ask, [
      ["/private", "404 page"],
      ["/private/", "404 page"],
      ["/.git", "404 page"],
      ["/private.html", "200 public"],
    ]);
  }),
);

Deno.test(
  "paths that could mean two things, or another host, lead nowhere",
  withApps(async (t) => {
    const { ask } = await serve(t, { "index.html": "home", "docs/index.html": "docs" });
    await check(ask, [
      ["/..%2f..%2fetc%2fpasswd", "400 page"],
      ["/docs%2findex.html", "400 page"],
      ["/docs%5cindex.html", "400 page"],
      ["/index.html%00", "400 page"],
      ["/%c0%ae%c0%ae/x", "400 page"],
      ["/%zz", "400 page"],
      ["//docs", "404 page"],
      ["//etc/passwd", "404 page"],
      ["/docs//", "404 page"],
    ]);
  }),
);

Deno.test(
  "an unknown page falls back to 200.html, or to the index of a single-page app; a file does not",
  withApps(async (t) => {
    const { ask, site } = await serve(t, { "index.html": "home", "404.html": "lost" });
    const spa = { ...site, spa: true };
    const html = { headers: { accept: "text/html,*/*" } };
    await check((path) => ask(path, {}, spa), [
      ["/deep/link", "200 home"],
      ["/missing.js", "404 lost"],
      ["/v1.2/page", "200 home"],
      ["/.git/config", "200 home"],
    ]);
    assert.equal(await shown(ask("/page.of.html", html, spa)), "200 home");
    await check(ask, [["/deep/link", "404 lost"]]);
    await t.deploy({ "index.html": "home", "200.html": "fallback" }, { name: "site" });
    const second = { ...site, revision: 2 };
    await check((path) => ask(path, {}, second), [["/deep", "200 fallback"], ["/", "200 home"]]);
  }),
);

Deno.test(
  "the entity tag is the content's id, and who has it gets no body",
  withApps(async (t) => {
    const { ask } = await serve(t, {
      "a.txt": "hello",
      "404.html": "lost",
      "app.json": manifest("site", { headers: [{ path: "/*", set: { "x-extra": "yes" } }] }),
    });
    const etag = `"${cidOf(bytes("hello"))}"`;
    const first = ask("/a.txt");
    assert.equal(first.headers.get("etag"), etag);
    for (const value of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = ask("/a.txt", { headers: { "if-none-match": value, range: "bytes=0-1" } });
      assert.equal(again.status, 304, value);
      assert.equal(await again.text(), "");
      assert.equal(again.headers.get("etag"), etag);
      assert.equal(again.headers.get("cache-control"), first.headers.get("cache-control"));
      assert.equal(again.headers.get("x-extra"), "yes");
      assert.equal(again.headers.get("content-type"), null);
    }
    assert.equal(ask("/a.txt", { headers: { "if-none-match": '"old"' } }).status, 200);
    assert.equal(ask("/nowhere", { headers: { "if-none-match": "*" } }).status, 404);
  }),
);

Deno.test(
  "each encoding is a form of its own, with its own tag and size",
  withApps(async (t) => {
    const { ask } = await serve(t, { "long.txt": LONG, "short.txt": "short" });
    const decode = { br: brotliDecompressSync, gzip: gunzipSync, identity: (b: Uint8Array) => b };
    const tags = new Set<string | null>();
    for (const encoding of ["br", "gzip", "identity"] as const) {
      const headers = { "accept-encoding": encoding };
      const answer = ask("/long.txt", { headers });
      const body = new Uint8Array(await answer.arrayBuffer());
      assert.equal(new TextDecoder().decode(decode[encoding](body)), LONG);
      assert.equal(answer.headers.get("content-encoding") ?? "identity", encoding);
      assert.equal(answer.headers.get("accept-ranges"), encoding === "identity" ? "bytes" : null);
      assert.equal(answer.headers.get("vary"), "accept-encoding");
      const head = ask("/long.txt", { method: "HEAD", headers });
      assert.equal(head.headers.get("content-length"), String(body.length));
      assert.equal(head.body, null);
      const etag = answer.headers.get("etag");
      tags.add(etag);
      assert.equal(
        ask("/long.txt", { headers: { ...headers, "if-none-match": etag! } }).status,
        304,
      );
    }
    assert.equal(tags.size, 3);
    assert.equal(
      ask("/short.txt", { headers: { "accept-encoding": "br" } }).headers.get("vary"),
      null,
    );
    const ranged = ask("/long.txt", { headers: { "accept-encoding": "br", range: "bytes=0-3" } });
    assert.deepEqual([ranged.status, await ranged.text()], [206, LONG.slice(0, 4)]);
    assert.equal(ranged.headers.get("content-encoding"), null);
  }),
);

Deno.test(
  "parts of a file are the same bytes whether it is read at once or streamed",
  withApps(async (t) => {
    const whole = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
    const { site } = await serve(t, { "film.mp4": whole, "empty.bin": "" });
    await t.settings.set("limits.vfs.streamAboveMb", 0, t.now);
    const streaming = new Vfs({ db: t.db, settings: t.settings, clock: () => t.now });
    for (const vfs of [t.vfs, streaming]) {
      const ask = (path: string, headers: Record<string, string>, method = "GET") =>
        askFor(`http://x${path}`, { method, headers }, depsOf(site, vfs));
      const cases: readonly [string, number, number][] = [
        ["bytes=0-9", 0, 10],
        ["bytes=262140-262150", 262_140, 262_151],
        ["bytes=1-699998", 1, 699_999],
        ["bytes=699999-", 699_999, 700_000],
        ["bytes=-262145", 437_855, 700_000],
        ["bytes=0-9999999", 0, 700_000],
      ];
      for (const [range, start, end] of cases) {
        const part = ask("/film.mp4", { range });
        assert.equal(part.status, 206, range);
        assert.equal(part.headers.get("content-range"), `bytes ${start}-${end - 1}/700000`);
        assert.equal(part.headers.get("content-length"), String(end - start));
        const body = new Uint8Array(await part.arrayBuffer());
        sameBytes(body, whole.subarray(start, end), range);
      }
      const beyond = ask("/film.mp4", { range: "bytes=700000-" });
      assert.deepEqual([beyond.status, beyond.headers.get("content-range")], [
        416,
        "bytes */700000",
      ]);
      assert.equal(ask("/empty.bin", { range: "bytes=0-" }).status, 416);
      assert.equal((await ask("/empty.bin", {}).arrayBuffer()).byteLength, 0);
      const etag = ask("/film.mp4", {}).headers.get("etag")!;
      assert.equal(ask("/film.mp4", { range: "bytes=0-1", "if-range": etag }).status, 206);
      for (const old of ['"old"', `W/${etag}`, "Wed, 21 Oct 2015 07:28:00 GMT"]) {
        const answer = ask("/film.mp4", { range: "bytes=0-1", "if-range": old });
        assert.equal(answer.status, 200, old);
        assert.equal((await answer.arrayBuffer()).byteLength, 700_000);
      }
      assert.equal(ask("/film.mp4", { range: "bytes=0-1" }, "HEAD").status, 200);
      const all = ask("/film.mp4", {});
      sameBytes(new Uint8Array(await all.arrayBuffer()), whole);
    }
  }),
);

Deno.test(
  "only names that hold a hash are kept for ever",
  withApps(async (t) => {
    const hashed = [
      "index-BX3k9d2a.js",
      "main.4f3d2e1a.css",
      "chunk-3a5b9c0d1e2f4a5b6c7d.mjs",
      "assets/logo.9f86d081.svg",
    ];
    const named = [
      "app.js",
      "photo-holiday2.jpg",
      "report-20240101.json",
      "my-component2.js",
      "top-60seconds.mp4",
      "two-2024-01-01.txt",
      "chapter-0000001.txt",
      "readme-BX3k9d2a.bin",
      "index-BX3k9.js",
    ];
    const pages = ["page-BX3k9d2a.html"];
    const { ask } = await serve(
      t,
      Object.fromEntries([...hashed, ...named, ...pages].map((name) => [name, name])),
    );
    const caching = (name: string) => ask(`/${name}`).headers.get("cache-control");
    for (const name of hashed) {
      assert.equal(caching(name), "public, max-age=31536000, immutable", name);
    }
    for (const name of named) {
      assert.equal(caching(name), "public, max-age=0, must-revalidate", name);
    }
    for (const name of pages) assert.equal(caching(name), "no-cache", name);
  }),
);

Deno.test(
  "an app's headers are added to what is served, and never break it",
  withApps(async (t) => {
    const { ask } = await serve(t, {
      "a.txt": "hello",
      "404.html": "lost",
      "app.json": manifest("site", {
        headers: [{
          path: "/*",
          set: { "X-Frame-Options": "DENY", "cache-control": "max-age=5", vary: "cookie" },
        }],
      }),
    });
    for (const path of ["/a.txt", "/nowhere"]) {
      const { headers } = ask(path);
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("cache-control"), "max-age=5");
      assert.equal(headers.get("vary"), null);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
    const part = ask("/a.txt", { headers: { range: "bytes=0-0" } });
    assert.deepEqual([part.status, part.headers.get("x-frame-options")], [206, "DENY"]);
  }),
);

Deno.test(
  "a redirect comes before a file, and after the judgement of the path",
  withApps(async (t) => {
    const { ask } = await serve(t, {
      "old.html": "still here",
      "app.json": manifest("site", {
        redirects: [{ from: "/old.html", to: "/new", status: 301 }, {
          from: "/b/*",
          to: "/:splat",
        }],
      }),
    });
    await check(ask, [
      ["/old.html?x=1", "301 /new?x=1"],
      ["/b//evil.example", "302 /evil.example"],
      ["/b/%2f%2fevil.example", "400 page"],
      ["/b/%5cevil.example", "400 page"],
    ]);
  }),
);

Deno.test(
  "only reading is allowed",
  withApps(async (t) => {
    const { ask } = await serve(t, { "index.html": "home" });
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = ask("/", { method });
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"], method);
    }
    assert.equal(await ask("/nowhere", { method: "HEAD" }).text(), "");
  }),
);

Deno.test(
  "a file that is streamed can be refused, and what is sent of each is told",
  withApps(async (t) => {
    const { site } = await serve(t, { "film.mp4": new Uint8Array(300_000), "index.html": "home" });
    await t.settings.set("limits.vfs.streamAboveMb", 0, t.now);
    const streaming = new Vfs({ db: t.db, settings: t.settings, clock: () => t.now });
    let told = 0;
    const deps = (vfs: Vfs): Omit<StaticDeps, "fields"> => ({
      ...depsOf(site, vfs),
      sent: { sent: (bytes) => told += bytes },
    });
    const ask = (of: Omit<StaticDeps, "fields">, path: string, init: RequestInit = {}) =>
      askFor(`http://x${path}`, init, of);
    const range = { headers: { range: "bytes=10-19" } };
    for (const vfs of [t.vfs, streaming]) {
      told = 0;
      for (const init of [{}, range]) await ask(deps(vfs), "/film.mp4", init).arrayBuffer();
      assert.equal(told, 300_010);
      ask(deps(vfs), "/film.mp4", { method: "HEAD" });
      assert.equal(told, 300_010);
    }
    const full = (vfs: Vfs) => ({ ...deps(vfs), admit: () => new Response(null, { status: 503 }) });
    for (const init of [{}, range]) {
      assert.equal(ask(full(streaming), "/film.mp4", init).status, 503);
      assert.notEqual(ask(full(t.vfs), "/film.mp4", init).status, 503);
    }
  }),
);
