import assert from "node:assert/strict";
import { treeOf } from "./tree.ts";

Deno.test("folders come before files, each by name, also with names objects have", () => {
  const paths = ["z.html", "b/2.js", "b/1.js", "a.html", "__proto__/x", "b/c/3.js"];
  const tree = treeOf(paths.map((path) => ({ path })));
  assert.deepEqual(tree.map(({ name }) => name), ["__proto__", "b", "a.html", "z.html"]);
  assert.deepEqual(tree[1]!.children.map(({ path }) => path), ["b/c", "b/1.js", "b/2.js"]);
});
