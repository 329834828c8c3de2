import assert from "node:assert/strict";
import { Buffer } from "node:buffer";

/** Asserts that two byte sequences are equal; unlike `deepEqual` it fails fast on megabytes. */
export function sameBytes(
  actual: Uint8Array | undefined,
  expected: Uint8Array,
  message = "",
): void {
  assert.ok(actual !== undefined, `no bytes ${message}`);
  assert.equal(actual.length, expected.length, message);
  assert.ok(Buffer.compare(actual, expected) === 0, `other bytes ${message}`);
}
