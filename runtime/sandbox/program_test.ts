import assert from "node:assert/strict";
import { Script } from "node:vm";
import { readStack, withPositions } from "./positions.ts";
import { type Program, readProgram } from "./program.ts";

function program(code: string): Program {
  const read = readProgram(code);
  assert.ok("script" in read, `${code}: ${JSON.stringify(read)}`);
  return read;
}
const run = (code: string): Promise<unknown> =>
  new Script(program(code).script, { filename: "blob:null/app" }).runInThisContext()();

Deno.test("code answers what it returns, or the value of its last statement", async () => {
  const cases: [string, unknown][] = [
    ["1 + 1", 2],
    ["return 3", 3],
    ["const a = 2;\nreturn a * 3;", 6],
    ["const a = 2; a * 4;", 8],
    ["await Promise.resolve(5)", 5],
    ["const x = await (async () => 7)(); // why\nx // the answer", 7],
    ["(1, 2)", 2],
    ["{ a: 1, b: [2] }", { a: 1, b: [2] }],
    ["  {}", {}],
    ["{ let x = 4; x }", undefined],
    ["{}\n{}\n8", 8],
    ['"use strict"', "use strict"],
    ["'text' // comment", "text"],
    ["if (true) { 1 }", undefined],
    ["const input = 1; input", 1],
    ["", undefined],
    ["// nothing", undefined],
    ["this", undefined],
    ["`a${1}\nb`", "a1\nb"],
  ];
  for (const [code, value] of cases) assert.deepEqual(await run(code), value, code);
});

Deno.test("what is wrong with code is told with its line and column", () => {
  const cases: [string, number, number, RegExp][] = [
    ["let a = ;", 1, 9, /Unexpected token/],
    ["let a = 1;\n\n  let a = 2;", 3, 7, /already been declared/],
    ["foo(\n", 2, 1, /Unexpected token/],
    ["}", 1, 1, /Unexpected token/],
    ["}); steal(); (async function () {", 1, 1, /Unexpected token/],
    ["with (a) {}", 1, 1, /strict/],
    ["x = 010", 1, 5, /Invalid number|octal/i],
    ['import x from "y"', 1, 1, /no module/],
    ["let a;\n export { a }", 2, 2, /no module/],
    ["const a = 1;\nconst b = await import('x');", 2, 17, /no module/],
    ["{ a: import('x') }", 1, 6, /no module/],
    ["import.meta.url", 1, 1, /no module/],
    ["yield 1", 1, 1, /./],
    ["`never closed", 1, 2, /Unterminated template/],
  ];
  for (const [code, line, column, message] of cases) {
    const read = readProgram(code);
    assert.ok(!("script" in read), code);
    assert.deepEqual([read[0]!.line, read[0]!.column], [line, column], code.slice(0, 80));
    assert.match(read[0]!.message, message, code);
  }
});

Deno.test("code that is nested without end is refused", () => {
  for (
    const code of ["(", "[", "{", "x => ", "`${", "if (1) "].map((part) => part.repeat(20_000))
  ) {
    const read = readProgram(code);
    assert.ok(!("script" in read) && /too deeply/.test(read[0]!.message), code.slice(0, 8));
  }
});

Deno.test("a comment of web pages hides no import: it is read as V8 reads it", () => {
  const read = readProgram("1 <!-- /*\n;import('x') // */");
  assert.ok(!("script" in read));
  assert.deepEqual([read[0]!.line, read[0]!.column], [2, 2]);
});

Deno.test("the place of an error is the one in the code as it was written", async () => {
  const cases: [string, number, number][] = [
    ["throw new Error('x')", 1, 7],
    ["\n  throw new Error('x')", 2, 9],
    ["const a = 1;\n  missing(a)", 2, 3],
    ["let x; x.y", 1, 10],
    ["let x; x.y; 1", 1, 10],
    ["1;\n  (null).y", 2, 10],
    ["{ a: 1, b: missing }", 1, 12],
    ["function f() {\n   missing() }\nf()", 2, 4],
    ["[1].map((n) =>\n   n.a.b)", 2, 8],
    ["JSON.parse('{')", 1, 6],
    ["await 1;\nawait Promise.reject(new RangeError('x'))", 2, 22],
  ];
  for (const [code, line, column] of cases) {
    const { inserted } = program(code);
    const error = await run(code).then(() => assert.fail(code), (error: Error) => error);
    const message = `${error.name}: ${error.message}`;
    const { position, stack } = readStack({ message, stack: error.stack! }, inserted);
    assert.deepEqual(position, { line, column }, `${code}\n${error.stack}`);
    assert.ok(stack.startsWith(message), stack);
    assert.ok(stack.includes(`code:${line}:${column}`), stack);
  }
});

Deno.test("a message that looks like a frame is not taken for one", () => {
  const message = "Error: x\n    at blob:null/app:90:1";
  const stack = `${message}\n    at f (blob:null/app:3:5)`;
  assert.deepEqual(readStack({ message, stack }).position, { line: 2, column: 5 });
});

Deno.test("places in a log are those of the code", () => {
  const inserted = { line: 1, column: 4, length: 7 };
  assert.equal(withPositions("at (blob:null/app:2:15)", inserted), "at (code:1:8)");
  assert.equal(withPositions("at (blob:null/app:2:3)", inserted), "at (code:1:3)");
});
