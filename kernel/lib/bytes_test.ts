import assert from "node:assert/strict";
import { formatBytes, MIB } from "./bytes.ts";

Deno.test("a size is shown in the largest unit that reads well", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 KB"],
    [4096, "4.1 KB"],
    [9_949, "9.9 KB"],
    [9_960, "10 KB"],
    [20_000_000, "20 MB"],
    [999_499, "999 KB"],
    [999_500, "1 MB"],
    [1e12, "1 TB"],
    [1e16, "10000 TB"],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

Deno.test("limits count in powers of two", () => assert.equal(MIB, 2 ** 20));
