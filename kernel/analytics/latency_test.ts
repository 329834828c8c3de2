import assert from "node:assert/strict";
import { LATENCY_BOUNDS, latencyClass, latencyOf } from "./latency.ts";

Deno.test("an answer's class is the first whose bound it does not reach", () => {
  for (const ms of [0, 0.2, 0.5, 0.9, 1, 1.99, 2, 3, 100, 1023.9, 4096, 8191, 8192, 1e9]) {
    const at = latencyClass(ms);
    assert.ok(ms < LATENCY_BOUNDS[at]!, `${ms} in ${at}`);
    if (at > 0) assert.ok(ms >= LATENCY_BOUNDS[at - 1]!, `${ms} in ${at}`);
  }
});

Deno.test("percentiles lie in the class that has them, and nothing measured has none", () => {
  assert.deepEqual(latencyOf(new Array(16).fill(0)), {
    p50: null,
    p90: null,
    p95: null,
    p99: null,
  });
  const counts = new Array(16).fill(0);
  counts[latencyClass(3)] = 90;
  counts[latencyClass(100)] = 10;
  const { p50, p90, p99 } = latencyOf(counts);
  assert.ok(p50! >= 2 && p50! <= 4 && p90! <= 4, `${p50} ${p90}`);
  assert.ok(p99! >= 64 && p99! <= 128, String(p99));
});
