import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveApp } from "./resolve_app.ts";

const FILES = new Set([
  "api/main.ts",
  "api/a.ts",
  "api/a.js",
  "api/b.tsx",
  "api/c.mts",
  "api/d.json",
  "api/lib/index.ts",
  "api/lib/x.cjs",
  "api/index.js",
  "api/dotted.name.ts",
  "index.html",
]);

Deno.test("resolve: endings, folders and TypeScript's spelling", () => {
  const rows: [specifier: string, importer: string, path: string][] = [
    ["./a", "api/main.ts", "api/a.ts"],
    ["./a.js", "api/main.ts", "api/a.js"],
    ["./b.js", "api/main.ts", "api/b.tsx"],
    ["./b.jsx", "api/main.ts", "api/b.tsx"],
    ["./c.mjs", "api/main.ts", "api/c.mts"],
    ["./d", "api/main.ts", "api/d.json"],
    ["./lib", "api/main.ts", "api/lib/index.ts"],
    ["./lib/", "api/main.ts", "api/lib/index.ts"],
    ["./x", "api/lib/index.ts", "api/lib/x.cjs"],
    ["../a", "api/lib/index.ts", "api/a.ts"],
    ["..", "api/lib/index.ts", "api/index.js"],
    [".", "api/main.ts", "api/index.js"],
    ["./lib/../a.ts", "api/main.ts", "api/a.ts"],
    ["./dotted.name", "api/main.ts", "api/dotted.name.ts"],
    ["../../api/a.ts", "api/lib/index.ts", "api/a.ts"],
  ];
  for (const [specifier, importer, path] of rows) {
    assert.deepEqual(resolveApp(specifier, importer, FILES), { path }, specifier);
  }
});

Deno.test("resolve: nothing outside api/ is ever found", () => {
  const segment = fc.constantFrom("..", ".", "api", "a", "index.html", "", "%2e%2e", "\\", "lib");
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
      const found = resolveApp(`./${segments.join("/")}`, "api/lib/index.ts", FILES);
      if ("path" in found) assert.ok(found.path.startsWith("api/") && FILES.has(found.path));
    }),
  );
  const outside = resolveApp("../index.html", "api/main.ts", FILES);
  assert.match("problem" in outside ? outside.problem : "", /outside api\//);
});
