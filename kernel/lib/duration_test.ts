import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "./duration.ts";

Deno.test("a duration is a whole number and a unit", () => {
  const cases: [string, number][] = [
    ["0s", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    [" 5m\n", 300_000],
    ["999999999d", 999_999_999 * 86_400_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

Deno.test("anything else is refused, with an example", () => {
  for (
    const text of [
      "",
      "5",
      "m",
      "5 m",
      "-5m",
      "1.5h",
      "5M",
      "5m30s",
      "1e3s",
      "5w",
      "0x5s",
      "1234567890s",
      "٥s",
    ]
  ) {
    assert.throws(() => parseDuration(text), {
      code: "INVALID",
      message: `Cannot read the duration "${text}"`,
      hint: "write a whole number and a unit: 30s, 5m, 1h or 7d",
    });
  }
});

Deno.test("a duration is shown in the largest unit that reads well", () => {
  const cases: [number, string][] = [
    [0, "0ms"],
    [950, "950ms"],
    [1000, "1s"],
    [1234, "1.2s"],
    [59_000, "59s"],
    [60_000, "1m"],
    [180_000, "3m"],
    [3_600_000, "1h"],
    [86_400_000, "1d"],
    [604_800_000, "7d"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});

Deno.test("rounding up does not leave a unit overfull", () => {
  assert.equal(formatDuration(999.6), "1s");
  assert.equal(formatDuration(59_999), "1m");
  assert.equal(formatDuration(3_599_999), "1h");
  assert.equal(formatDuration(86_399_999), "1d");
});
