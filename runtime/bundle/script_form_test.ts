import assert from "node:assert/strict";
import { Script } from "node:vm";
import { LINES_BEFORE, scriptForm } from "./script_form.ts";

const run = (code: string) => new Script(scriptForm(code)).runInThisContext()();

Deno.test("script form: exports become the result, under their outer names", async () => {
  assert.deepEqual(await run("const a = 1, b = 2;\nexport {\n  a as main,\n  b\n};\n"), {
    main: 1,
    b: 2,
  });
});

Deno.test("script form: the code is strict and may await", async () => {
  assert.deepEqual(
    await run("const a = await (async function () { return this; })();\nexport { a };"),
    { a: undefined },
  );
});

Deno.test("script form: lines move by as many as it says", () => {
  const lines = scriptForm("first;\nexport { };").split("\n");
  assert.equal(lines[LINES_BEFORE], "first;");
});

Deno.test("script form: a module without exports is refused", () => {
  assert.throws(() => scriptForm("const a = 1;"));
});
