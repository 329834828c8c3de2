import assert from "node:assert/strict";
import { ADMIN_HEADERS } from "./secure_headers.ts";

Deno.test("the dashboard's policy lets in its own parts and nothing inline or from elsewhere", () => {
  const headers = new Headers(
    ADMIN_HEADERS.map(([name, value]): [string, string] => [name, value]),
  );
  const policy = new Map(
    headers.get("content-security-policy")!.split(";").map((directive) => {
      const [name, ...sources] = directive.trim().split(" ");
      return [name!, sources];
    }),
  );
  assert.deepEqual(policy.get("default-src"), ["'none'"]);
  for (const name of ["frame-ancestors", "base-uri"]) {
    assert.deepEqual(policy.get(name), ["'none'"]);
  }
  for (const name of ["script-src", "connect-src", "form-action"]) {
    assert.deepEqual(policy.get(name), ["'self'"], name);
  }
  const allowed = new Set(["'none'", "'self'", "data:"]);
  for (const [name, sources] of policy) {
    for (const source of sources) assert.ok(allowed.has(source), `${name} ${source}`);
    if (name !== "img-src") assert.equal(sources.includes("data:"), false, name);
  }
});

Deno.test("the dashboard is never framed, sniffed, shared or named to others", () => {
  const headers = new Headers(
    ADMIN_HEADERS.map(([name, value]): [string, string] => [name, value]),
  );
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
  assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
  assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
});
