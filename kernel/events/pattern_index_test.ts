import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesType, parsePattern } from "./pattern.ts";
import { PatternIndex } from "./pattern_index.ts";

const segment = fc.constantFrom("a", "b");
const patterns = fc.tuple(
  fc.constantFrom("app:a", "app:b", "system", "app:*", "*"),
  fc.array(fc.oneof(segment, fc.constant("*")), { minLength: 1, maxLength: 3 }),
).map((parts) => parsePattern(parts.flat().join(".")));
const types = fc.tuple(
  fc.constantFrom("app:a", "app:b", "app:c", "system"),
  fc.array(segment, { minLength: 1, maxLength: 4 }),
).map((parts) => parts.flat().join("."));

Deno.test("the index finds what asking every pattern finds, also after removals", () => {
  const steps = fc.array(fc.tuple(patterns, fc.boolean()), { maxLength: 40 });
  fc.assert(fc.property(steps, fc.array(types), (changes, wanted) => {
    const index = new PatternIndex<number>();
    const kept = new Map<number, ReturnType<typeof parsePattern>>();
    changes.forEach(([pattern, keep], i) => {
      index.add(pattern, i);
      kept.set(i, pattern);
      if (keep) return;
      // The oldest one goes, so that removals also meet branches others still use.
      const [oldest, gone] = [...kept][0]!;
      index.remove(gone, oldest);
      kept.delete(oldest);
    });
    for (const type of wanted) {
      const expected = [...kept].filter(([, p]) => matchesType(p, type)).map(([i]) => i);
      assert.deepEqual([...index.match(type)].sort((a, b) => a - b), expected);
    }
  }));
});

Deno.test("the patterns of thousands of other apps do not slow a look-up down", () => {
  const index = new PatternIndex<string>();
  let visited = 0;
  // Counting what a look-up touches says what a clock only guesses.
  const get = Map.prototype.get;
  for (let i = 0; i < 5000; i++) index.add(parsePattern(`app:shop${i}.order.*`), `app ${i}`);
  try {
    Map.prototype.get = function (key: unknown) {
      visited++;
      return get.call(this, key);
    };
    assert.deepEqual([...index.match("app:shop77.order.completed")], ["app 77"]);
  } finally {
    Map.prototype.get = get;
  }
  assert.ok(visited < 20, `${visited} look-ups`);
});
