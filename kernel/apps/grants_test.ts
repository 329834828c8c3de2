import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { refuseUnsafe } from "./grant_policy.ts";
import { describeGrant, parseGrant } from "./grants.ts";

Deno.test("every grant of the contract is read and described", () => {
  for (
    const text of [
      "storage:kv",
      "storage:ds",
      "storage:rd",
      "storage:s3",
      "net:fetch",
      "net:fetch:api.example.com",
      "net:fetch:*.example.com",
      "net:fetch:example.com:8443",
      "net:direct:db.example.com",
      "net:direct:db.example.com:5432",
      "net:direct:[fd00::1]:5432",
      "net:connect:10.0.0.5:6379",
      "fs:read:/srv/photos",
      "fs:write:/srv/My Photos/2026",
      "sys:hostname",
      "events:subscribe:app:shop.order.*",
      "realtime",
      "email",
      "worker",
      "ai:complete",
      "kernel:deploy",
      "kernel:status",
      "security:sign",
    ]
  ) {
    assert.equal(parseGrant(text).text, text);
    assert.ok(describeGrant(text).length > 5);
  }
});

Deno.test("a host is read in its one spelling", () => {
  assert.equal(parseGrant(" net:fetch:API.Example.com. ").text, "net:fetch:api.example.com");
});

Deno.test("what is never granted says so", () => {
  for (
    const text of ["run", "run:bash", "ffi", "import:https://x", "env", "env:HOME", "*", "all"]
  ) {
    assert.throws(() => parseGrant(text), /never granted/, text);
  }
});

Deno.test("a mistyped grant names the nearest", () => {
  const hint = (text: string) => {
    try {
      parseGrant(text);
    } catch (error) {
      return (error as FaztError).hint ?? "";
    }
    return "accepted";
  };
  assert.match(hint("storage:vk"), /"storage:kv"/);
  assert.match(hint("net:fecth"), /"net:fetch"/);
  assert.match(hint("relatime"), /"realtime"/);
  assert.match(hint("net:connect:example.com"), /"net:connect:<host>:<port>"/);
});

Deno.test("malformed grants are refused", () => {
  for (
    const text of [
      "",
      "storage",
      "storage:kv:x",
      "net",
      "net:direct",
      "net:direct:*.example.com",
      "net:connect:example.com:0",
      "net:connect:example.com:65536",
      "net:fetch:exa mple.com",
      "net:fetch:http://example.com",
      "net:fetch:user@example.com",
      "fs:read:/",
      "fs:read:relative",
      "fs:read:/a/../b",
      "fs:read:/a//b",
      "fs:read:/a\u0000b",
      "fs:write:/a\nb",
      "sys:everything",
      "events:subscribe:",
      "toString",
      "constructor",
    ]
  ) assert.throws(() => parseGrant(text), FaztError, JSON.stringify(text));
});

Deno.test("any text is read or refused, and what is read is read again as itself", () => {
  const part = fc.constantFrom("net", "fs", "storage", ":", "fetch", "read", "/a", "*", ".", "1");
  const text = fc.oneof(fc.string(), fc.array(part, { maxLength: 8 }).map((p) => p.join("")));
  fc.assert(fc.property(text, (input) => {
    try {
      const grant = parseGrant(input);
      assert.deepEqual(parseGrant(grant.text), grant);
      describeGrant(grant.text);
    } catch (error) {
      assert.ok(error instanceof FaztError);
      assert.equal(error.code, "INVALID");
    }
  }));
});

Deno.test("no grant opens the node's own database or ports", () => {
  const node = {
    databasePath: "/var/lib/fazt/data.db",
    ports: [8080],
    isOwnHost: (host: string) => host.endsWith("cloud.example.com"),
  };
  for (
    const text of [
      "fs:read:/var",
      "fs:read:/var/lib/fazt",
      "fs:write:/var/lib/fazt/backups",
      "net:direct:127.0.0.1",
      "net:direct:127.0.0.1:8080",
      "net:connect:192.168.1.5:8080",
      "net:direct:[::1]:8080",
      "net:direct:2130706433:8080",
      "net:direct:localhost:5432",
      "net:connect:db.localhost:5432",
      "net:connect:db.lan:5432",
      "net:connect:redis:6379",
      "net:connect:cloud.example.com:5432",
      "net:direct:admin.cloud.example.com",
      "net:connect:127.1:5432",
      "net:connect:[0:0::1]:5432",
      "net:connect:mail.example.com:25",
      "net:connect:10.0.0.5:587",
    ]
  ) assert.throws(() => refuseUnsafe(text, node), /Cannot grant/, text);
  for (
    const text of ["fs:read:/srv", "net:direct:127.0.0.1:5432", "net:connect:db.example.com:8080"]
  ) {
    refuseUnsafe(text, node);
  }
});

Deno.test("a link to the database's folder is seen through", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/node`);
    await Deno.symlink(`${dir}/node`, `${dir}/innocent`);
    const node = { databasePath: `${dir}/node/data.db`, ports: [], isOwnHost: () => false };
    assert.throws(() => refuseUnsafe(`fs:read:${dir}/innocent`, node), /database/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
