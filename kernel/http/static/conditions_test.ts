import fc from "fast-check";
import assert from "node:assert/strict";
import { matchesEtag, parseRange, pickEncoding } from "./conditions.ts";

Deno.test("one of the listed entity tags is enough, weak or strong, and the star is all", () => {
  const tag = '"bafkrei"';
  for (
    const header of [tag, `W/${tag}`, `"x", ${tag}`, `"x",${tag},"y"`, `  ${tag} `, "*", " * "]
  ) {
    assert.equal(matchesEtag(header, tag), true, header);
  }
  for (
    const header of ["", '"other"', "bafkrei", '"BAFKREI"', '"bafkrei', `${tag}x`, `"a*"`, "**"]
  ) {
    assert.equal(matchesEtag(header, tag), false, header);
  }
});

Deno.test("the encoding with the highest weight wins, of equals the smaller format", () => {
  const cases: readonly [string, string | undefined][] = [
    ["", undefined],
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["GZIP", "gzip"],
    ["brotli", undefined],
    ["xbr, gzipped", undefined],
    ["identity", undefined],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["gzip;q=0.5, br;q=1", "br"],
    ["gzip;q=0.8, br;q=0.8", "br"],
    ["gzip ; q=0.2 , BR ;Q=0.1", "gzip"],
    ["GZIP;Q=0.5, deflate;q=1", "gzip"],
    ["gzip;q=0.001", "gzip"],
    ["br;q=0, gzip;q=0", undefined],
    ["br;q=0, *;q=0.5", "gzip"],
    ["*;q=0.5", "br"],
    ["*;q=0", undefined],
    ["*;q=0, gzip;q=0.1", "gzip"],
    ["identity;q=1, gzip;q=0.5", undefined],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0, br;q=0", undefined],
    ["br;q=, gzip;q=0.1", "gzip"],
    ["br;q=x, gzip;q=0.1", "gzip"],
    ["br;q=-1, gzip;q=0.1", "gzip"],
    ["br;level=5", "br"],
    [";;;,,,;q=1", undefined],
  ];
  for (const [header, expected] of cases) {
    assert.equal(pickEncoding(header, ["br", "gzip"]), expected, header);
  }
});

Deno.test("only what there is can be picked", () => {
  assert.equal(pickEncoding("br, gzip", ["gzip"]), "gzip");
  assert.equal(pickEncoding("br, gzip;q=0.1", ["gzip"]), "gzip");
  assert.equal(pickEncoding("br", ["gzip"]), undefined);
  assert.equal(pickEncoding("br, gzip;q=0.5", []), undefined);
  assert.equal(pickEncoding("*;q=1", ["gzip"]), "gzip");
});

Deno.test("a range is one of bytes: from here, to there, or the last ones", () => {
  const size = 100;
  const cases: readonly [string, ReturnType<typeof parseRange>][] = [
    ["bytes=0-9", { start: 0, end: 10 }],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=90-", { start: 90, end: 100 }],
    ["bytes=99-99", { start: 99, end: 100 }],
    ["bytes=50-1000", { start: 50, end: 100 }],
    ["bytes=-1", { start: 99, end: 100 }],
    ["bytes=-100", { start: 0, end: 100 }],
    ["bytes=-101", { start: 0, end: 100 }],
    ["bytes=0-99", { start: 0, end: 100 }],
    ["bytes=0-999999999999999", { start: 0, end: 100 }],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=100-200", "unsatisfiable"],
    ["bytes=999999999999999-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=5-4", undefined],
    ["bytes=0-1,3-4", undefined],
    ["bytes=-", undefined],
    ["bytes=", undefined],
    ["bytes", undefined],
    ["", undefined],
    ["lines=0-1", undefined],
    ["bytes=0x1-2", undefined],
    ["bytes=+1-2", undefined],
    ["bytes=--1", undefined],
    ["bytes=1.5-2", undefined],
    ["bytes=1e1-", undefined],
    ["bytes=0-9999999999999999", undefined],
    ["bytes=0-1\n", undefined],
  ];
  for (const [header, expected] of cases) {
    assert.deepEqual(parseRange(header, size), expected, header);
  }
  for (const header of ["bytes=0-", "bytes=-1", "bytes=0-0"]) {
    assert.equal(parseRange(header, 0), "unsatisfiable", header);
  }
});

Deno.test("whatever is asked of a file, a range lies inside it and is not empty", () => {
  const part = fc.oneof(fc.constant(""), fc.nat(300).map(String), fc.constantFrom("-", "x", ","));
  const header = fc.oneof(
    fc.tuple(part, part).map(([a, b]) => `bytes=${a}-${b}`),
    fc.string({ unit: "binary" }),
  );
  fc.assert(fc.property(header, fc.nat(200), (text, size) => {
    const range = parseRange(text, size);
    if (range === undefined || range === "unsatisfiable") return;
    assert.ok(0 <= range.start && range.start < range.end && range.end <= size);
  }));
});

Deno.test("no Accept-Encoding breaks the choice", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    for (const header of [text, `${text};q=1`, `br;${text}`]) {
      assert.ok(["br", "gzip", undefined].includes(pickEncoding(header, ["br", "gzip"])));
    }
  }));
});
