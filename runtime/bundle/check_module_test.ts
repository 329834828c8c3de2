import assert from "node:assert/strict";
import { checkModule } from "./check_module.ts";

Deno.test("check: lets a module through that reaches nowhere", () => {
  checkModule(
    "const a = `import('x')`; // import('y')\nexport const imports = /import(.)/; export { a };",
  );
});

Deno.test("check: refuses every way out", () => {
  const ways = [
    `import "node:fs";`,
    `import x from "x";`,
    `export { x } from "x";`,
    `export * from "x";`,
    `export const f = () => import("x");`,
    "const s = `${await import('x')}`;",
    `class A { static x = import(/* hidden */ "x") }`,
    `a?.[import("x")]`,
    `import.meta.resolve("x")`,
  ];
  for (const way of ways) assert.throws(() => checkModule(way), { name: "Error" }, way);
});

Deno.test("check: refuses what it cannot read", () => {
  assert.throws(() => checkModule("export const = 1"));
});
