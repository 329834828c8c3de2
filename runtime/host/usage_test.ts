import assert from "node:assert/strict";
import { Usage } from "./usage.ts";

Deno.test("processor time is what the isolate says, in milliseconds", () => {
  const usage = new Usage(1000);
  assert.equal(usage.take([250_000, 5e6, 2e6], 2000), 250);
  assert.equal(usage.take([400_000, 6e6, 0], 3000), 150);
  assert.deepEqual([usage.cpuMs, usage.heapBytes, usage.externalBytes], [400, 6e6, 0]);
  assert.equal(usage.load, 0.15);
});

Deno.test("processor time never falls and never outruns the clock, whatever is said", () => {
  const usage = new Usage(0);
  usage.take([500_000, 1, 1], 1000);
  usage.take([100_000, 1, 1], 1100);
  assert.equal(usage.cpuMs, 500);
  usage.take([1e15, 1, 1], 1200);
  assert.equal(usage.cpuMs, 1200);
  usage.charge(1e9, 1300);
  assert.equal(usage.cpuMs, 1300);
});

Deno.test("what is no number of bytes or microseconds counts nothing", () => {
  const usage = new Usage(0);
  for (
    const said of [
      undefined,
      null,
      "1",
      {},
      [],
      [NaN, NaN, NaN],
      [Infinity, -1, Infinity],
      ["9", {}, 1n],
      [-5, -5, -5],
    ]
  ) {
    usage.take(said, 1000);
    assert.deepEqual([usage.cpuMs, usage.heapBytes, usage.externalBytes], [0, 0, 0]);
  }
});
