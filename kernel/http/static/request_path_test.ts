import fc from "fast-check";
import assert from "node:assert/strict";
import { decodePath, splitUrl } from "./request_path.ts";

Deno.test("a URL is split into path and query without being read otherwise", () => {
  const cases: readonly [string, string, string][] = [
    ["http://x/", "/", ""],
    ["http://x", "/", ""],
    ["http://x:8080/a/b", "/a/b", ""],
    ["http://x/a?b=/c?d", "/a", "?b=/c?d"],
    ["https://x//a", "//a", ""],
    ["http://x/?", "/", "?"],
    ["http://x/a%2fb?%00", "/a%2fb", "?%00"],
  ];
  for (const [url, path, query] of cases) assert.deepEqual(splitUrl(url), { path, query }, url);
});

Deno.test("a path is decoded once, into the form files are kept in", () => {
  const cases: readonly [string, string][] = [
    ["/", ""],
    ["/index.html", "index.html"],
    ["/a/b/", "a/b/"],
    ["/a%20b.txt", "a b.txt"],
    ["/100%25", "100%"],
    ["/%C3%BC", "\u00fc"],
    ["/u%CC%88", "\u00fc"],
    ["/%F0%9F%99%82", "🙂"],
    ["/%252f%252e%252e", "%2f%2e%2e"],
    ["/%61pp.json", "app.json"],
    ["/a?b", "a?b"],
    ["/%3F%23", "?#"],
    ["//etc/passwd", "/etc/passwd"],
  ];
  for (const [path, key] of cases) assert.equal(decodePath(path), key, path);
});

Deno.test("what could be read in two ways is no path at all", () => {
  const bad = [
    "/..%2fetc%2fpasswd",
    "/..%2F..%2F",
    "/a%2fb",
    "/%2f",
    "/%5c..%5cx",
    "/a%5Cb",
    "/a\\b",
    "/x%00y",
    "/x.html%00.png",
    "/a\0b",
    "/%",
    "/%2",
    "/%zz",
    "/%ff",
    "/%c0%af",
    "/%c0%ae%c0%ae/",
    "/%e0%80%af",
    "/%ed%a0%80",
    "/%f8%80%80%80%af",
    "/%C3",
  ];
  for (const path of bad) assert.equal(decodePath(path), undefined, JSON.stringify(path));
});

Deno.test("a decoded path never has a backslash or NUL, and no slash that was not written", () => {
  const piece = fc.oneof(
    fc.constantFrom("%2f", "%5C", "%00", "%2e", "..", "/", "\\", "%", "%25", "2f", "%c0%af"),
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.string({ maxLength: 3 }).map(encodeURIComponent),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }).map((all) => `/${all.join("")}`), (path) => {
      const key = decodePath(path);
      if (key === undefined) return;
      assert.equal(/[\\\0]/.test(key), false);
      assert.equal(key.split("/").length, path.slice(1).split("/").length);
      assert.equal(key, key.normalize("NFC"));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("every name a file can have is reached by the address a browser makes of it", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
    fc.pre(!/[\\/\0]/.test(name));
    assert.equal(decodePath(`/${encodeURIComponent(name)}`), name.normalize("NFC"));
  }));
});
