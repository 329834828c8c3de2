import assert from "node:assert/strict";
import { FLAGS } from "./flags.ts";
import { overviewHelp } from "./help.ts";
import { checkFlags, parseLine, readArgs } from "./parse.ts";
import { COMMANDS, findCommand, loadCommand, SHORT_NAMES } from "./registry.ts";

for (const name of Object.keys(COMMANDS)) {
  Deno.test(`fazt ${name} is declared as it is listed`, async () => {
    const command = await loadCommand(name);
    assert.equal(command.name, name);
    assert.match(command.summary, /^[A-Z].*[^.]$/);
    for (const example of command.examples ?? []) {
      const words = example.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'(.*)'$/, "$1"));
      const end = words.findIndex((word) => word === "<" || word === ">");
      const line = parseLine(end < 0 ? words : words.slice(0, end));
      const found = findCommand(line.words);
      assert.equal(found?.name, name, `example "${example}"`);
      checkFlags(command, line.flags);
      readArgs(command, line.words.slice(found!.words), line.flags);
    }
  });
}

Deno.test("every flag of the dictionary belongs to some command", async () => {
  const used = new Set(["help", "json", "yes", "to", "db", "id", "alias"]);
  for (const name of Object.keys(COMMANDS)) {
    for (const flag of Object.keys((await loadCommand(name)).flags ?? {})) used.add(flag);
  }
  assert.deepEqual(Object.keys(FLAGS).filter((flag) => !used.has(flag)), []);
});

Deno.test("no two flags share a letter, and every short name leads to a command", () => {
  const letters = Object.values(FLAGS).flatMap((flag) => "short" in flag ? [flag.short] : []);
  assert.equal(new Set(letters).size, letters.length);
  for (const name of Object.values(SHORT_NAMES)) assert.ok(Object.hasOwn(COMMANDS, name), name);
});

Deno.test("the overview fits one screen of 80 columns", async () => {
  const lines = await overviewHelp();
  assert.ok(lines.length <= 60, `${lines.length} lines`);
  for (const line of lines) {
    const text = (Array.isArray(line) ? line : [line])
      .map((span) => typeof span === "string" ? span : span.text).join("");
    assert.ok(text.length <= 100, text);
  }
});
