import assert from "node:assert/strict";
import { readSince } from "./read_since.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

Deno.test("--since takes a duration before now or a date", () => {
  assert.equal(readSince("2h", NOW), NOW - 7_200_000);
  assert.equal(readSince("2026-01-31", NOW), Date.UTC(2026, 0, 31));
  assert.equal(readSince("2026-01-31T10:00:00Z", NOW), Date.UTC(2026, 0, 31, 10));
  assert.equal(readSince("99999d", NOW), 0);
});

for (const text of ["", "soon", "2", "-1h", "2026-13-01", "2026-01-31T99"]) {
  Deno.test(`--since ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => readSince(text, NOW), { code: "USAGE" });
  });
}
