import assert from "node:assert/strict";
import { compareSemver, isSemver } from "./semver.ts";

Deno.test("versions sort as Semantic Versioning 2.0.0 §11 says", () => {
  const sorted = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.10.0",
    "2.0.0",
  ];
  for (let i = 1; i < sorted.length; i++) {
    assert.ok(compareSemver(sorted[i - 1]!, sorted[i]!) < 0, sorted[i]);
    assert.ok(compareSemver(sorted[i]!, sorted[i - 1]!) > 0, sorted[i]);
  }
  assert.equal(compareSemver("1.0.0+a", "1.0.0+b"), 0);
});

Deno.test("what is no version is told", () => {
  for (const text of ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "latest", ""]) {
    assert.equal(isSemver(text), false, text);
  }
});
