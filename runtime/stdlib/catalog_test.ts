import assert from "node:assert/strict";
import { canonicalSpecifier, STDLIB_NAMES, unitOf } from "./catalog.ts";

Deno.test("catalog: holds what the contract promises", () => {
  const promised =
    "lodash cheerio uuid zod marked dayjs validator fazt buffer crypto events path " +
    "url querystring util assert stream string_decoder";
  for (const name of promised.split(" ")) {
    const canonical = canonicalSpecifier(name);
    assert.ok(unitOf(canonical), name);
    assert.ok(STDLIB_NAMES.includes(canonical), name);
  }
});

Deno.test("catalog: one module has one name", () => {
  assert.equal(canonicalSpecifier("crypto"), "node:crypto");
  assert.equal(canonicalSpecifier("node:crypto"), "node:crypto");
  assert.equal(canonicalSpecifier("path/posix"), "node:path/posix");
  assert.equal(canonicalSpecifier("dayjs/plugin/utc.js"), "dayjs/plugin/utc");
  assert.equal(canonicalSpecifier("lodash/fp.js"), "lodash/fp");
});

Deno.test("catalog: knows no module outside its list, whatever it looks like", () => {
  const strangers = [
    "vm",
    "node:vm",
    "dayjs/plugin/../../secret",
    "dayjs/plugin/",
    "dayjs/package.json",
    "lodash/",
    "lodash/_baseGet",
    "lodash/a/b",
    'lodash/a"); x("',
    "validator/lib/",
    "hono/serve-static",
    "__proto__",
    "constructor",
    "",
  ];
  for (const name of strangers) assert.equal(unitOf(canonicalSpecifier(name)), undefined, name);
});
