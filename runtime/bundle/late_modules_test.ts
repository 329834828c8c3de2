import assert from "node:assert/strict";
import { createBundler } from "./mod.ts";
import { lateModules } from "./late_modules.ts";
import { app } from "./testing.ts";

Deno.test("late modules: whatever way an app names them", () => {
  const expr = [
    `fazt.expr.eval("1")`,
    `import_fazt.expr.eval("1")`,
    `ctx.fazt.expr?.eval("1")`,
    `const { expr } = fazt;`,
    `fazt["expr"]`,
  ];
  for (const code of expr) assert.deepEqual(lateModules(code), ["fazt/expr"], code);
  for (const code of expr.map((text) => text.replaceAll("expr", "json"))) {
    assert.deepEqual(lateModules(code), ["fazt/json"], code);
  }
});

Deno.test("late modules: not for what nearly every app says", () => {
  const plain = [
    "await request.json()",
    "Response.json({})",
    `"content-type": "application/json"`,
    "expression",
    "JSON.parse",
  ];
  for (const code of plain) assert.deepEqual(lateModules(code), [], code);
});

Deno.test("late modules: an app that names none carries no library", async () => {
  const bundler = createBundler();
  try {
    const plain = await bundler.bundle(app({ "api/main.js": "export default () => 1;" }));
    assert.doesNotMatch(plain.code, /fazt\.library/);
    const using = await bundler.bundle(
      app({ "api/main.js": `export default () => fazt.expr.eval("1 + 1");` }),
    );
    assert.match(using.code, /fazt\.library/);
  } finally {
    bundler.close();
  }
});
