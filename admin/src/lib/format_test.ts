import assert from "node:assert/strict";
import { bytes, duration, percent, plural, relative, short } from "./format.ts";

Deno.test("sizes keep to three digits and change unit before they need a fourth", () => {
  const seen = [0, 999, 1000, 9949, 9951, 999_499, 999_501, 5e9].map(bytes);
  assert.deepEqual(seen, [
    "0 B",
    "999 B",
    "1.0 KB",
    "9.9 KB",
    "10 KB",
    "999 KB",
    "1.0 MB",
    "5.0 GB",
  ]);
});

Deno.test("spans of time name two units and leave an empty one out", () => {
  const seen = [20, 59_000, 60_000, 61_000, 3_600_000, 5_400_000, 200_000_000].map(duration);
  assert.deepEqual(seen, ["20 ms", "59 s", "1 min", "1 min 1 s", "1 h", "1 h 30 min", "2 d 7 h"]);
});

Deno.test("past and future are told apart", () => {
  assert.equal(relative(0, 2000), "just now");
  assert.equal(relative(0, 60_000), "1 minute ago");
  assert.equal(relative(2 * 86_400_000, 0), "in 2 days");
});

Deno.test("small words", () => {
  assert.equal(plural(1, "file"), "1 file");
  assert.equal(plural(1200, "file"), "1,200 files");
  assert.equal(percent(1, 0), 0);
  assert.equal(short("bafkreiabcdefgh", 7), "bafkrei…");
});
