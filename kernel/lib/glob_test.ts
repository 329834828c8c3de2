import fc from "fast-check";
import assert from "node:assert/strict";
import { matchGlob, parseGlob, WORK } from "./glob.ts";

const match = (pattern: string, path: string) =>
  matchGlob(parseGlob(pattern), path, { left: WORK });

Deno.test("a star stays within a part of the path, two do not, a final one takes all below", () => {
  const cases: readonly [string, string, string | undefined][] = [
    ["/a", "/a", ""],
    ["/a", "/a/", undefined],
    ["/a", "/A", undefined],
    ["/a", "/ab", undefined],
    ["/a.c", "/abc", undefined],
    ["/old/*", "/old/x", "x"],
    ["/old/*", "/old/x/y.html", "x/y.html"],
    ["/old/*", "/old/", ""],
    ["/old/*", "/old", undefined],
    ["/*", "/", ""],
    ["/*.png", "/x.png", "x"],
    ["/*.png", "/x/y.png", undefined],
    ["/**.png", "/x/y.png", "x/y"],
    ["/**/*.png", "/x/z/y.png", "y"],
    ["/a/*/c", "/a/b/c", "b"],
    ["/a/*/c", "/a//c", ""],
    ["/a/*/c", "/a/b/b/c", undefined],
    ["/a/**/c", "/a/b/b/c", "b/b"],
    ["/*a*b", "/xaxaxb", "xax"],
    ["/**/b/*/c", "/x/b/y/z/b/w/c", "w"],
    ["/**/b/*/c", "/x/b/y/z/b/w/d/c", undefined],
    ["/a*a", "/a", undefined],
    ["/(a|b)+[c]?", "/(a|b)+[c]?", ""],
    ["***", "/a/b", "b"],
  ];
  for (const [pattern, path, last] of cases) {
    assert.equal(match(pattern, path), last, `${pattern} on ${path}`);
  }
});

Deno.test("it matches what the regular expression of the same meaning does", () => {
  const text = (...pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((all) => `/${all.join("")}`);
  fc.assert(
    fc.property(text("a", "b", "/", "*", "**", "*", "**"), text("a", "b", "/"), (pattern, path) => {
      const source = pattern.replace(/\/\*$/, "/**").split(/(\*\*?)/)
        .map((piece) => piece === "**" ? ".*" : piece === "*" ? "[^/]*" : piece).join("");
      assert.equal(match(pattern, path) !== undefined, new RegExp(`^${source}$`).test(path));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("no pattern takes more steps on a path than it is given", () => {
  const path = `/${"a/".repeat(4000)}${"a".repeat(8000)}`;
  for (const unit of ["*a", "**a", "**/", "*/", "**a*", "**/*a*b"]) {
    for (const times of [1, 3, 30, 300]) {
      const work = { left: WORK };
      assert.equal(matchGlob(parseGlob(`/${unit.repeat(times)}!`), path, work), undefined);
      assert.ok(work.left >= -1);
    }
  }
  const spent = { left: 0 };
  assert.equal(matchGlob(parseGlob("/a/*"), "/a/b", spent), undefined);
  assert.equal(matchGlob(parseGlob("/a"), "/a", spent), "");
});
