import assert from "node:assert/strict";
import { shippedFiles, slugOf } from "./shipped.ts";

Deno.test("the dropped folder's own name is taken off and what is never shipped stays", () => {
  const { root, paths } = shippedFiles([
    "site/index.html",
    "site/.well-known/security.txt",
    "site/.env",
    "site/.env.local",
    "site/.git/config",
    "site/node_modules/x/index.js",
    "site/environment.js",
  ], new Map());
  assert.equal(root, "site/");
  assert.deepEqual([...paths], [
    "site/index.html",
    "site/.well-known/security.txt",
    "site/environment.js",
  ]);
});

Deno.test("ignore files hold from their folder down and are not shipped", () => {
  const { paths } = shippedFiles(
    ["a/x.log", "a/b/y.log", "a/b/.gitignore", "a/keep.log", "a/b/z.txt"],
    new Map([["a/b/.gitignore", "*.log\n"]]),
  );
  assert.deepEqual([...paths], ["a/x.log", "a/keep.log", "a/b/z.txt"]);
});

Deno.test("files of no common folder keep their paths; any folder's name gives a valid slug", () => {
  assert.equal(shippedFiles(["a/x", "b/y"], new Map()).root, "");
  assert.equal(shippedFiles(["index.html"], new Map()).root, "");
  assert.deepEqual(["My Site (2)", "Über uns", "日本", "--"].map(slugOf), [
    "my-site-2",
    "uber-uns",
    "app",
    "app",
  ]);
});
