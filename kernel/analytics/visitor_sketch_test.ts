import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { VisitorSketch } from "./visitor_sketch.ts";
import { VisitorTally } from "./visitor_tally.ts";

/** The hash of a visitor who is told from others by a number. */
const hash = (n: number) => createHash("sha256").update(String(n)).digest().readUIntBE(0, 6);

Deno.test("visitors are told apart exactly while they are few", () => {
  const sketch = new VisitorSketch();
  let visitors = 0;
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 1000; n++) visitors += sketch.add(hash(n));
  }
  assert.equal(visitors, 1000);
});

Deno.test("of many, the number is within some percent, however often each comes", () => {
  for (const many of [3000, 30_000, 200_000]) {
    const sketch = new VisitorSketch();
    let visitors = 0;
    for (let n = 0; n < many * 1.5; n++) visitors += sketch.add(hash(n % many));
    assert.ok(Math.abs(visitors - many) < many * 0.06, `${visitors} of ${many}`);
  }
});

Deno.test("a tally gives whole visitors that add up, and begins anew with each hour", () => {
  const tally = new VisitorTally("hour");
  const add = (now: number, from: number, to: number) => {
    let visitors = 0;
    for (let n = from; n < to; n++) {
      const more = tally.add(now, hash(n));
      assert.ok(Number.isInteger(more) && more >= 0);
      visitors += more;
    }
    return visitors;
  };
  assert.equal(add(0, 0, 500), 500);
  assert.equal(add(3_599_999, 0, 500), 0);
  assert.equal(add(3_600_000, 0, 500), 500);
  // Also when the clock goes back.
  assert.equal(add(0, 0, 500), 500);
  const many = add(0, 500, 20_500);
  assert.ok(Math.abs(many - 20_000) < 1200, String(many));
});
