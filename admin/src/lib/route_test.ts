import assert from "node:assert/strict";
import { matchRoute, path, withQuery } from "./route.ts";

Deno.test("a pattern catches its parts, decoded, and an optional one may be missing", () => {
  assert.deepEqual(matchRoute("/apps/:ref/:tab?", "/apps/a%2Fb/logs"), { ref: "a/b", tab: "logs" });
  assert.deepEqual(matchRoute("/apps/:ref/:tab?", "/apps/blog/"), { ref: "blog" });
  assert.deepEqual(matchRoute("/", "/"), {});
});

Deno.test("what differs, is longer or cannot be decoded does not match", () => {
  for (const other of ["/apps", "/keys/blog", "/apps/a/b/c", "/apps/%E0%A4%A"]) {
    assert.equal(matchRoute("/apps/:ref/:tab?", other), undefined, other);
  }
});

Deno.test("hostile names stay inside their part of an address", () => {
  assert.equal(path`/api/apps/${"../keys?x=1#"}/logs`, "/api/apps/..%2Fkeys%3Fx%3D1%23/logs");
  assert.equal(withQuery("/x", { a: "1&b=2", b: undefined, c: "" }), "/x?a=1%26b%3D2");
});
