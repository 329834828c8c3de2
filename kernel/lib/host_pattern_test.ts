import assert from "node:assert/strict";
import { matchesHost, parseHostPattern } from "./host_pattern.ts";

const matches = (pattern: string, host: string, port = 443) =>
  matchesHost(parseHostPattern(pattern), { host, port });

Deno.test("a name matches itself on every port", () => {
  assert.ok(matches("example.com", "example.com"));
  assert.ok(matches("Example.COM.", "example.com", 8080));
  assert.ok(!matches("example.com", "www.example.com"));
  assert.ok(!matches("example.com", "notexample.com"));
});

Deno.test("a wildcard matches every name below, not the name itself", () => {
  assert.ok(matches("*.example.com", "a.example.com"));
  assert.ok(matches("*.example.com", "a.b.example.com"));
  assert.ok(!matches("*.example.com", "example.com"));
  assert.ok(!matches("*.example.com", "evilexample.com"));
  assert.ok(!matches("*.example.com", "example.com.evil.net"));
});

Deno.test("a port narrows a pattern to it", () => {
  assert.ok(matches("example.com:8443", "example.com", 8443));
  assert.ok(!matches("example.com:8443", "example.com", 443));
  assert.ok(matches("*:443", "anything.test", 443));
  assert.ok(!matches("*:443", "anything.test", 80));
});

Deno.test("addresses match in the spelling of a URL", () => {
  assert.ok(matches("[2606:2800:0220:1::1]", "[2606:2800:220:1::1]"));
  assert.equal(parseHostPattern("0x5d.184.216.34").text, "93.184.216.34");
});

Deno.test("what names no host is refused", () => {
  for (
    const text of [
      "",
      "*.",
      "*.*",
      "a.*",
      "ex ample.com",
      "http://example.com",
      "a/b",
      "a:0",
      "a:65536",
      "u@h",
      "*.[::1]",
      "[::g]",
      "a..b",
      `${"a".repeat(64)}.com`,
    ]
  ) {
    assert.throws(() => parseHostPattern(text), { code: "INVALID" }, text);
  }
});
