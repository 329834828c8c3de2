import fc from "fast-check";
import assert from "node:assert/strict";
import { KernelLog, printable } from "./kernel_log.ts";

/** What a terminal acts upon: control characters, line separators and text that turns others round. */
const ACTIVE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

Deno.test("each message is one line with its time and level", () => {
  const lines: string[] = [];
  const log = new KernelLog((line) => lines.push(line));
  log.info("started");
  log.warn("slow");
  log.error("Error: x\n    at y");
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
  for (const line of lines) assert.match(line, time);
  assert.deepEqual(lines.map((line) => line.replace(time, "")), [
    "info started",
    "warn slow",
    "error Error: x |     at y",
  ]);
});

Deno.test("escape sequences and control characters are shown, not done", () => {
  const cases: readonly [string, string][] = [
    ["plain ü 日本 🙂", "plain ü 日本 🙂"],
    ["\u001b[2J\u001b]0;title\u0007", "\\u001b[2J\\u001b]0;title\\u0007"],
    ["\u009b31mred", "\\u009b31mred"],
    ["a\r\nb\tc\0d\u007f", "a\\u000d | b\\u0009c\\u0000d\\u007f"],
    ["one\u2028two\u2029three\u0085four", "one\\u2028two\\u2029three\\u0085four"],
    ["safe\u202egpj.exe\u2066", "safe\\u202egpj.exe\\u2066"],
    ["\ud800", "\ufffd"],
  ];
  for (const [text, shown] of cases) assert.equal(printable(text), shown);
});

Deno.test("nothing a terminal acts upon gets through, whatever the text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    const shown = printable(text);
    assert.equal(ACTIVE.test(shown), false);
    assert.ok(shown.isWellFormed());
  }));
});

Deno.test("a long text is cut before it fills the log, never through a character", () => {
  assert.equal(printable("x".repeat(4000)).length, 4000);
  assert.equal(printable("x".repeat(1_000_000)).length, 4000);
  assert.equal(printable(`${"x".repeat(3999)}🙂`), `${"x".repeat(3999)}\ufffd`);
});
