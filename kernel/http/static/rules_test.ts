import assert from "node:assert/strict";
import { extraHeaders, findRedirect } from "./rules.ts";
import type { HeaderRule, RedirectRule, Site } from "./site.ts";

const site = (rules: Partial<Site>): Site => ({
  appId: "app_a",
  revision: 1,
  spa: false,
  cleanUrls: true,
  headers: [],
  cors: undefined,
  redirects: [],
  hasServer: false,
  rates: [],
  analytics: true,
  headerBytes: Infinity,
  ...rules,
});

const redirects = (...rules: readonly (readonly [string, string, number?])[]): Site =>
  site({
    redirects: rules.map(([from, to, status = 302]): RedirectRule => ({ from, to, status })),
  });

/** Where each path of a site leads, with its status in front. */
function check(of: Site, cases: readonly (readonly [string, string | undefined])[]): void {
  for (const [address, expected] of cases) {
    const mark = address.indexOf("?");
    const [path, query] = mark < 0 ? [address, ""] : [address.slice(0, mark), address.slice(mark)];
    const found = findRedirect(of, path, query);
    assert.equal(found && `${found.status} ${found.location}`, expected, address);
  }
}

Deno.test("the first rule that matches wins, and what matches none stays", () => {
  check(
    redirects(["/a", "/one", 301], ["/a", "/two"], ["/b/*", "/three", 308], ["/*.php", "/four"]),
    [
      ["/a", "301 /one"],
      ["/a/", undefined],
      ["/b/x/y", "308 /three"],
      ["/x.php", "302 /four"],
      ["/x/y.php", undefined],
      ["/", undefined],
    ],
  );
});

Deno.test("the rest of the path goes where :splat stands", () => {
  check(
    redirects(
      ["/old/*", "/new/:splat"],
      ["/twice/*", "/:splat/and/:splat"],
      ["/out/*", "https://example.com/:splat"],
      ["/a/*/b/*", "/last/:splat"],
      ["/exact", "/x:splat"],
    ),
    [
      ["/old/a/b.html", "302 /new/a/b.html"],
      ["/old/", "302 /new/"],
      ["/twice/x", "302 /x/and/x"],
      ["/out/%C3%BC%20?q=1", "302 https://example.com/%C3%BC%20?q=1"],
      ["/a/1/b/2/3", "302 /last/2/3"],
      ["/exact", "302 /x"],
    ],
  );
});

Deno.test("no splat leads to another host than the rule's", () => {
  check(redirects(["/r/*", "/:splat"], ["/s/*", ":splat"], ["/t/*", "/x/:splat/y"]), [
    ["/r//evil.example", "302 /evil.example"],
    ["/r///evil.example", "302 /evil.example"],
    ["/r/\\evil.example", "302 /evil.example"],
    ["/r//\\/evil.example", "302 /evil.example"],
    ["/r/$`evil.example", "302 /$`evil.example"],
    ["/t/$'", "302 /x/$'/y"],
    ["/t/$&$$$1", "302 /x/$&$$$1/y"],
    ["/t/:splat", "302 /x/:splat/y"],
  ]);
});

Deno.test("a query is kept unless the rule has its own, and stands before a fragment", () => {
  check(redirects(["/a", "/b"], ["/c", "/d?own=1"], ["/e", "/f#part"], ["/g", "/h?own=1#part"]), [
    ["/a?x=1&y=2", "302 /b?x=1&y=2"],
    ["/c?x=1", "302 /d?own=1"],
    ["/e?x=1", "302 /f?x=1#part"],
    ["/e", "302 /f#part"],
    ["/g?x=1", "302 /h?own=1#part"],
  ]);
});

Deno.test("a rule that leads to where it came from is passed over", () => {
  check(redirects(["/**", "/home"], ["/home", "/never"]), [
    ["/x", "302 /home"],
    ["/home", "302 /never"],
  ]);
  check(redirects(["/*", "/:splat"]), [["/x/y", undefined]]);
});

Deno.test("rules may be written in any letters; addresses and headers are ASCII", () => {
  check(redirects(["/über/*", "/日本/:splat"], ["/a b", "/c d"], ["/\ud800", "/x"]), [
    ["/%C3%BCber/x", "302 /%E6%97%A5%E6%9C%AC/x"],
    ["/a%20b", "302 /c%20d"],
    ["/%EF%BF%BD", "302 /x"],
  ]);
  const headers = extraHeaders(site({ headers: [{ path: "/ü/*", set: { a: "1" } }] }), "/%C3%BC/x");
  assert.deepEqual(headers, { a: "1" });
});

Deno.test("no rules of an app and no path of a visitor hold up the node", () => {
  const hostile = `/${"**a*".repeat(250)}!`;
  const many = redirects(...Array.from({ length: 2000 }, () => [hostile, "/x"] as const));
  const path = `/${"a/".repeat(4000)}${"a".repeat(8000)}`;
  // As regular expressions they would outlast the machine.
  assert.equal(findRedirect(many, path, ""), undefined);
});

const headers = (...rules: readonly (readonly [string, HeaderRule["set"]])[]): Site =>
  site({ headers: rules.map(([path, set]) => ({ path, set })) });

Deno.test("every header rule that matches adds its fields; of two on one field the later wins", () => {
  const of = headers(
    ["/**", { "X-All": "1", "Cache-Control": "no-store" }],
    ["/assets/*", { "cache-control": "max-age=5", "x-asset": "yes" }],
    ["/assets/*.js", { "x-script": "yes" }],
  );
  const at = (path: string) => extraHeaders(of, path);
  assert.deepEqual(at("/"), { "x-all": "1", "cache-control": "no-store" });
  assert.deepEqual(at("/assets/a/b"), {
    "x-all": "1",
    "cache-control": "max-age=5",
    "x-asset": "yes",
  });
  assert.equal(at("/assets/a.js")["x-script"], "yes");
  assert.equal(at("/assets/a/b.js")["x-script"], undefined);
});

Deno.test("fields that are the node's own, and values that would end the field, are left out", () => {
  const own = [
    "Content-Length",
    "content-encoding",
    "Content-Range",
    "Transfer-Encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "ETag",
    "vary",
    "date",
    "te",
    "trailer",
    "Set-Cookie",
  ];
  const of = headers(["/*", {
    ...Object.fromEntries(own.map((name) => [name, "x"])),
    "x-cr": "a\rb",
    "x-lf": "a\nset-cookie: b",
    "x-nul": "a\0",
    "x-good": "fine",
    "x-content-length": "fine",
  }]);
  assert.deepEqual(Object.keys(extraHeaders(of, "/a")), ["x-good", "x-content-length"]);
});
