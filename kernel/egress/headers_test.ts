import assert from "node:assert/strict";
import { requestHeaders, responseHeaders, withoutCredentials } from "./headers.ts";

Deno.test("what is not an app's to set is left out", () => {
  const kept = requestHeaders([
    ["Host", "evil.test"],
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
    ["Connection", "x-a"],
    ["Keep-Alive", "1"],
    ["Upgrade", "websocket"],
    ["TE", "trailers"],
    ["Trailer", "x"],
    ["Expect", "100-continue"],
    ["Proxy-Authorization", "Basic x"],
    ["Proxy-Anything", "x"],
    ["X-A", " 1 "],
    ["x-a", "2"],
    ["Authorization", "Bearer own"],
  ]);
  assert.deepEqual(kept, [["x-a", "1"], ["x-a", "2"], ["authorization", "Bearer own"]]);
});

Deno.test("a header that would split the request is refused", () => {
  for (
    const header of [
      ["x-a", "1\r\nhost: evil.test"],
      ["x-a", "1\n2"],
      ["x-a", "\0"],
      ["x-a", "\u2028"],
      ["x a", "1"],
      ["x-a:", "1"],
      ["x-a\r\nhost", "1"],
      ["", "1"],
    ] as const
  ) {
    assert.throws(() => requestHeaders([header]), { code: "INVALID" }, JSON.stringify(header));
  }
});

Deno.test("headers are capped in number and size", () => {
  const many = Array.from({ length: 201 }, (_, i) => [`x-${i}`, "1"] as const);
  assert.throws(() => requestHeaders(many), { code: "INVALID" });
  assert.throws(() => requestHeaders([["x", "a".repeat(70_000)]]), { code: "INVALID" });
});

Deno.test("what an answer says about its connection is left out", () => {
  assert.deepEqual(
    responseHeaders([
      ["connection", "close, X-Hop"],
      ["x-hop", "1"],
      ["transfer-encoding", "chunked"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]),
    [["set-cookie", "a=1"], ["set-cookie", "b=2"]],
  );
});

Deno.test("another origin gets neither authorization nor cookies", () => {
  assert.deepEqual(
    withoutCredentials([["authorization", "x"], ["cookie", "y"], ["accept", "*/*"]]),
    [["accept", "*/*"]],
  );
});
