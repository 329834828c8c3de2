import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { boundedFunctions } from "./functions.ts";

const ALPHABET = ["a", "b", "A", "é", "😀", "%", "_", "*", "?", "[", "]", "^", "-", "!", " "];

Deno.test("functions done again give what SQLite's own give", () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const text = (length: number) =>
    Array.from({ length: random(length) }, () => ALPHABET[random(ALPHABET.length)]).join("");
  const values = () => [text(7), text(4), text(3)] as const;
  const native = new DatabaseSync(":memory:");
  const again = new DatabaseSync(":memory:");
  for (const [name, variants] of Object.entries(boundedFunctions(() => {}))) {
    for (const fn of variants) again.function(name, { useBigIntArguments: true }, fn);
  }
  const statements = [
    ["?1 LIKE ?2", 2],
    ["?1 LIKE ?2 ESCAPE '!'", 2],
    ["?1 GLOB ?2", 2],
    ["instr(?1, ?2)", 2],
    ["replace(?1, ?2, ?3)", 3],
    ["trim(?1, ?2)", 2],
    ["ltrim(?1, ?2)", 2],
    ["rtrim(?1, ?2)", 2],
  ] as const;
  const prepared = statements.map(([expression, n]) => ({
    expression,
    n,
    native: native.prepare(`SELECT ${expression} AS x`),
    again: again.prepare(`SELECT ${expression} AS x`),
  }));
  for (let i = 0; i < 4000; i++) {
    const all: (string | number | null)[] = [...values()];
    if (random(20) === 0) all[random(3)] = null;
    if (random(20) === 0) all[random(3)] = [12, 1.5, 3, -7.25][random(4)]!;
    for (const { expression, n, native, again } of prepared) {
      const given = all.slice(0, n);
      assert.deepEqual(again.get(...given), native.get(...given), `${expression} ${given}`);
    }
  }
  native.close();
  again.close();
});
