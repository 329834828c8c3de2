import assert from "node:assert/strict";
import { NpmFiles } from "./npm_files.ts";

const file = (target: ReturnType<NpmFiles["root"]>): string => "file" in target ? target.file : "";

Deno.test("npm files: a package's browser build is chosen", () => {
  const files = new NpmFiles();
  assert.match(file(files.root("cheerio")), /\/dist\/browser\/index\.js$/);
  assert.match(file(files.root("uuid")), /\/dist\/index\.js$/);
  const stream = file(files.root("readable-stream"));
  assert.match(stream, /\/lib\/ours\/browser\.js$/);
});

Deno.test("npm files: node: modules and other libraries stay references", () => {
  const files = new NpmFiles();
  const stream = file(files.root("readable-stream"));
  assert.deepEqual(files.resolve("events", stream, "require"), { stdlib: "node:events" });
  // With a slash a package asks for the npm module of that name.
  assert.match(file(files.resolve("string_decoder/", stream, "require")), /\/string_decoder\/1\./);
  const plugin = file(files.root("dayjs/plugin/utc.js"));
  assert.deepEqual(files.resolve("dayjs", plugin, "require"), { stdlib: "dayjs" });
  assert.throws(() => files.resolve("fs", stream, "require"), /no pure twin/);
});

Deno.test("npm files: a dependency is found in the version its package asks for", () => {
  const files = new NpmFiles();
  const cheerio = file(files.root("cheerio"));
  const parse5 = file(files.resolve("parse5", cheerio, "import"));
  assert.match(parse5, /\/parse5\/7\.[\d.]+\/dist\/index\.js$/);
  assert.match(file(files.resolve("entities/decode", parse5, "import")), /\/entities\/6\./);
});

Deno.test("npm files: only what was resolved can be read", async () => {
  const files = new NpmFiles();
  assert.throws(() => files.read("/etc/passwd"), /not part of the standard library/);
  const lodash = file(files.root("lodash"));
  assert.ok((await files.read(lodash)).byteLength > 0);
});

Deno.test("npm files: knows which files a package has", () => {
  const files = new NpmFiles();
  assert.equal(files.has("lodash/get.js"), true);
  assert.equal(files.has("lodash/nope.js"), false);
  assert.equal(files.has("lodash"), false);
  assert.ok(files.list("dayjs/plugin").includes("utc.js"));
});
