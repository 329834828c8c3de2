import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { isWebAppManifest, type ManifestFault, parseManifest } from "./manifest.ts";
import { manifestJsonSchema } from "./manifest_schema.ts";

const parse = (value: unknown, more: { paths?: ReadonlySet<string>; version?: string } = {}) =>
  parseManifest(typeof value === "string" ? value : JSON.stringify(value), {
    file: "app.json",
    ...more,
  });

function faults(value: unknown, more: { paths?: ReadonlySet<string>; version?: string } = {}) {
  try {
    parse(value, more);
  } catch (error) {
    assert.ok(error instanceof FaztError);
    assert.equal(error.code, "MANIFEST_INVALID");
    assert.equal(error.status, 422);
    return error.details as ManifestFault[];
  }
  assert.fail("was accepted");
}

Deno.test("every field of the contract is accepted", () => {
  const manifest = parse({
    $schema: "https://example.com/app.schema.json",
    name: "shop",
    title: "Läden",
    version: "1.2.3-beta.1",
    description: "Sells things",
    author: "A",
    license: "MIT",
    homepage: "https://example.com",
    icon: "icon.svg",
    tags: ["a", "b"],
    fazt: { minVersion: "0.1.0", maxVersion: "1.0.0" },
    permissions: ["storage:kv", "net:fetch:api.example.com"],
    env: [{ name: "API_KEY", description: "Key", required: true, secret: true }],
    cron: [{
      schedule: "*/5 9-17 * jan mon-fri",
      handler: "api/clean.ts",
      timezone: "Europe/Berlin",
      timeout: "5m",
      skipIfRunning: true,
      retry: { attempts: 3, backoff: "30s" },
    }],
    events: [{ on: "app:shop.order.*", handler: "api/on_order.ts" }],
    limits: { runtime: { seconds: 5, heapMb: 32 }, storage: { kv: { keys: 10 } } },
    rate: { "api/login": { perAddress: "5/min" } },
    spa: true,
    cleanUrls: false,
    analytics: true,
    headers: [{ path: "/*.js", set: { "x-frame-options": "DENY" } }],
    redirects: [{ from: "/old", to: "/new", status: 301 }],
    visibility: "public",
    storage: { kv: "internal", s3: "external:s3://bucket" },
  }, { paths: new Set(["api/clean.ts", "api/on_order.ts"]), version: "0.5.0" });
  assert.equal(manifest.name, "shop");
  assert.deepEqual(manifest.permissions, ["storage:kv", "net:fetch:api.example.com"]);
});

Deno.test("an unknown key at any level names the nearest known one", () => {
  assert.match(faults({ name: "a", permisions: [] })[0]!.message, /did you mean "permissions"/);
  const [nested] = faults({ name: "a", cron: [{ schedule: "* * * * *", handlr: "api/a.ts" }] })
    .filter(({ path }) => path === "cron.0.handlr");
  assert.match(nested!.message, /did you mean "handler"/);
  const [deep] = faults({ name: "a", limits: { runtime: { heapMB: 32 } } });
  assert.deepEqual([deep!.path, /"heapMb"/.test(deep!.message)], ["limits.runtime.heapMB", true]);
});

Deno.test("keys of objects' prototypes are unknown keys", () => {
  for (const key of ["__proto__", "constructor", "toString"]) {
    const found = faults(`{"name": "a", "${key}": {"spa": true}}`);
    assert.equal(found[0]!.path, key);
  }
});

Deno.test("wrong values name their field", () => {
  const table: [string, unknown][] = [
    ["name", { name: "Not A Slug" }],
    ["name", { name: 7 }],
    ["name", {}],
    ["version", { name: "a", version: "1.0" }],
    ["description", { name: "a", description: "x".repeat(201) }],
    ["title", { name: "a", title: "a\u001b[31mred" }],
    ["permissions.0", { name: "a", permissions: ["run"] }],
    ["permissions.1", { name: "a", permissions: ["storage:kv", 7] }],
    ["env.0.name", { name: "a", env: [{ name: "1X" }] }],
    ["cron.0.schedule", { name: "a", cron: [{ schedule: "* * * *", handler: "api/a.ts" }] }],
    ["cron.0.schedule", { name: "a", cron: [{ schedule: "* * * * * *", handler: "api/a.ts" }] }],
    ["cron.0.schedule", { name: "a", cron: [{ schedule: "61 * * * *", handler: "api/a.ts" }] }],
    ["cron.0.handler", { name: "a", cron: [{ schedule: "@daily", handler: "../a.ts" }] }],
    ["cron.0.timeout", {
      name: "a",
      cron: [{ schedule: "@daily", handler: "api/a.ts", timeout: "6m" }],
    }],
    ["cron.0.timezone", {
      name: "a",
      cron: [{ schedule: "@daily", handler: "api/a.ts", timezone: "Mars/Base" }],
    }],
    ["cron", {
      name: "a",
      cron: Array.from({ length: 11 }, () => ({ schedule: "@daily", handler: "api/a.ts" })),
    }],
    ["visibility", { name: "a", visibility: "publc" }],
    ["headers.0.set.x y", { name: "a", headers: [{ path: "/", set: { "x y": "1" } }] }],
    ["headers.0.set.etag", { name: "a", headers: [{ path: "/", set: { etag: "1" } }] }],
    ["headers.0.set.x", { name: "a", headers: [{ path: "/", set: { x: "1\r\nset-cookie: a" } }] }],
    ["redirects.0.to", { name: "a", redirects: [{ from: "/a", to: "//evil.example" }] }],
    ["redirects.0.to", { name: "a", redirects: [{ from: "/a", to: "javascript:alert(1)" }] }],
    ["redirects.0.status", { name: "a", redirects: [{ from: "/a", to: "/b", status: 200 }] }],
    ["rate.api/x.perAddress", { name: "a", rate: { "api/x": { perAddress: "often" } } }],
    ["rate.api/x", { name: "a", rate: { "api/x": {} } }],
    ["rate.login", { name: "a", rate: { login: { perApp: "1/s" } } }],
    ["limits.net.egressGbPerMonth", { name: "a", limits: { net: { egressGbPerMonth: 0 } } }],
    ["storage.kv", { name: "a", storage: { kv: "elsewhere" } }],
    ["homepage", { name: "a", homepage: "javascript:alert(1)" }],
  ];
  for (const [path, value] of table) {
    const found = faults(value);
    assert.ok(found.some((f) => f.path === path), `${path}: ${JSON.stringify(found)}`);
  }
});

Deno.test("a reserved name has its own code", () => {
  for (const name of ["admin", "www", "localhost", "app-123456789abc"]) {
    assert.throws(() => parse({ name }), { code: "NAME_RESERVED", status: 422 });
  }
});

Deno.test("what is not JSON is told with line and column", () => {
  const at = (text: string) => {
    const [fault] = faults(text);
    return [fault!.line, fault!.column, fault!.message];
  };
  const [line, column, message] = at('{\n  "name": "a",\n}');
  assert.deepEqual([line, column], [3, 1]);
  assert.match(String(message), /comma too many.*line 3, column 1/);
  assert.deepEqual(at("{\"name\": 'a'}").slice(0, 2), [1, 10]);
  assert.deepEqual(at("{").slice(0, 2), [1, 2]);
  assert.deepEqual(at("").slice(0, 2), [1, 1]);
  assert.deepEqual(at('{"a": 1} x').slice(0, 2), [1, 10]);
  assert.deepEqual(at('{"a" 1}').slice(0, 2), [1, 6]);
  assert.deepEqual(at("// note\n{}").slice(0, 2), [1, 1]);
});

Deno.test("every broken JSON has a place, and the place is inside the text", () => {
  const json = fc.json();
  fc.assert(fc.property(json, fc.nat(), fc.string({ maxLength: 2 }), (text, at, junk) => {
    const cut = at % (text.length + 1);
    const broken = text.slice(0, cut) + junk + text.slice(cut + 1);
    try {
      JSON.parse(broken);
    } catch {
      const [fault] = faults(broken);
      const lines = broken.split("\n");
      assert.ok(fault!.line! >= 1 && fault!.line! <= lines.length, broken);
      assert.ok(fault!.column! >= 1 && fault!.column! <= lines[fault!.line! - 1]!.length + 1);
    }
  }));
});

Deno.test("bytes that are no UTF-8, and huge files, are refused", () => {
  assert.throws(
    () => parseManifest(new Uint8Array([0x7b, 0xff, 0x7d]), { file: "app.json" }),
    /UTF-8/,
  );
  assert.match(faults(" ".repeat(300_000))[0]!.message, /larger/);
  assert.equal(parseManifest('\ufeff{"name": "a"}', { file: "app.json" }).name, "a");
});

Deno.test("the node's version must lie in the range", () => {
  const app = { name: "a", fazt: { minVersion: "0.2.0", maxVersion: "1.0.0" } };
  assert.equal(faults(app, { version: "0.2.0-rc.1" })[0]!.path, "fazt.minVersion");
  assert.equal(faults(app, { version: "1.0.1" })[0]!.path, "fazt.maxVersion");
  parse(app, { version: "1.0.0" });
  const never = { name: "a", fazt: { minVersion: "2.0.0", maxVersion: "1.0.0" } };
  assert.equal(faults(never)[0]!.path, "fazt");
});

Deno.test("a handler that is not there names the nearest file", () => {
  const app = { name: "a", cron: [{ schedule: "@daily", handler: "api/clen.ts" }] };
  const [fault] = faults(app, { paths: new Set(["api/main.ts", "api/clean.ts"]) });
  assert.deepEqual(fault, {
    path: "cron.0.handler",
    message: "there is no file api/clen.ts, did you mean api/clean.ts?",
  });
});

Deno.test("any JSON is accepted or refused with its faults, never anything else", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    try {
      parse(value);
    } catch (error) {
      assert.ok(error instanceof FaztError, String(error));
      assert.ok((error.details as unknown[]).length > 0);
    }
  }));
  const keys = fc.constantFrom("name", "env", "cron", "limits", "headers", "redirects", "rate");
  fc.assert(fc.property(fc.dictionary(keys, fc.jsonValue()), (value) => {
    try {
      parse({ name: "a", ...value });
    } catch (error) {
      assert.ok(error instanceof FaztError, String(error));
    }
  }));
});

Deno.test("a browser's manifest is told apart from ours", () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  assert.equal(isWebAppManifest(bytes({ name: "x", start_url: "/" })), true);
  assert.equal(isWebAppManifest(bytes({ name: "x", permissions: [] })), false);
  assert.equal(isWebAppManifest(bytes(null)), false);
});

Deno.test("the JSON Schema has every field and allows no other", () => {
  const schema = manifestJsonSchema() as {
    properties: Record<string, unknown>;
    additionalProperties: boolean;
  };
  assert.equal(schema.additionalProperties, false);
  for (const key of ["name", "permissions", "cron", "events", "limits", "visibility"]) {
    assert.ok(schema.properties[key], key);
  }
});
