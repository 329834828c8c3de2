import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { covers, isEventPattern, matchesType, parsePattern } from "./pattern.ts";

const SEGMENTS = ["a", "b"];
const firstOf = (...more: string[]) => fc.constantFrom("app:a", "app:b", "system", ...more);
/** Patterns over a tiny alphabet, so that two of them often have to do with each other. */
const patterns = fc.tuple(
  firstOf("app:*", "*"),
  fc.array(fc.constantFrom(...SEGMENTS, "*"), { minLength: 1, maxLength: 3 }),
  fc.boolean(),
).map(([head, tail, deep]) => [head, ...tail].join(".").replace(/\*$/, deep ? "**" : "*"));

/** Every type of two to five segments; "c" stands for whatever no pattern names. */
const TYPES = ["app:a", "app:b", "app:c", "system"].flatMap((head) => {
  const grow = (types: string[]): string[] =>
    types.flatMap((type) => [...SEGMENTS, "c"].map((segment) => `${type}.${segment}`));
  const out: string[] = [];
  let level = [head];
  for (let i = 0; i < 4; i++) out.push(...level = grow(level));
  return out;
});

/** The same meaning, said as a regular expression. */
function naive(pattern: string): RegExp {
  const any = "[^.]+";
  const body = pattern.split(".").map((segment, i, all) => {
    const last = i === all.length - 1;
    if (segment === "**" || (segment === "*" && last)) return "[^.]+(?:\\.[^.]+)*";
    return segment === "*" ? any : segment.replace("*", any);
  }).join("\\.");
  return new RegExp(`^${body}$`);
}

Deno.test("a pattern matches exactly what its regular expression does", () => {
  fc.assert(fc.property(patterns, (text) => {
    const pattern = parsePattern(text);
    const expression = naive(text);
    for (const type of TYPES) {
      assert.equal(matchesType(pattern, type), expression.test(type), `${text} on ${type}`);
    }
  }));
});

Deno.test("a pattern covers another when it matches everything the other does, and only then", () => {
  fc.assert(
    fc.property(patterns, patterns, (one, two) => {
      const [a, b] = [parsePattern(one), parsePattern(two)];
      const all = TYPES.every((type) => !matchesType(b, type) || matchesType(a, type));
      assert.equal(covers(a, b), all, `${one} covers ${two}`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a star in the middle is one segment, at the end it is all that follow", () => {
  const cases: [string, string, boolean][] = [
    ["app:shop.order.*", "app:shop.order.completed", true],
    ["app:shop.order.*", "app:shop.order.item.added", true],
    ["app:shop.order.*", "app:shop.order", false],
    ["app:shop.*.added", "app:shop.item.added", true],
    ["app:shop.*.added", "app:shop.order.item.added", false],
    ["app:*.order", "app:blog.order", true],
    ["app:*.order", "system.order", false],
    ["app:*", "app:blog.order.completed", true],
    ["app:shop.*", "app:shopping.order", false],
    ["*", "system.limit.warning", true],
    ["system.**", "system.limit.warning", true],
  ];
  for (const [pattern, type, expected] of cases) {
    assert.equal(matchesType(parsePattern(pattern), type), expected, `${pattern} on ${type}`);
  }
});

Deno.test("a pattern without a source is the app's own", () => {
  assert.equal(parsePattern("order.*", "shop").text, "app:shop.order.*");
  assert.equal(parsePattern("order.**", "shop").text, "app:shop.order.*");
  assert.equal(parsePattern("system.*", "shop").text, "system.*");
  assert.equal(parsePattern("*", "shop").text, "*");
});

Deno.test("a pattern has one spelling, which reads as the same pattern", () => {
  assert.equal(parsePattern("app:*.*").text, "app:*");
  assert.equal(parsePattern("*.**").text, "*");
  fc.assert(fc.property(patterns, (text) => {
    const pattern = parsePattern(text);
    assert.deepEqual(parsePattern(pattern.text), pattern);
  }));
});

Deno.test("what cannot match anything is no pattern", () => {
  const wrong = [
    "",
    "system",
    "app:shop",
    "app:",
    "app:shop.",
    "app:shop..x",
    "app:shop.Order",
    "app:shop.or*",
    "app:shop.**.x",
    "order.*",
    "app:shop.order*",
    `app:shop.${"x".repeat(200)}`,
    `app:shop${".x".repeat(16)}`,
    "app:shop.\n",
  ];
  for (const text of wrong) assert.equal(isEventPattern(text), false, text);
  assert.throws(
    () => parsePattern("system", "shop"),
    (e: unknown) => e instanceof FaztError && e.code === "INVALID",
  );
});
