import assert from "node:assert/strict";
import fc from "fast-check";
import { FaztError } from "../lib/fazt_error.ts";
import { encodeData } from "./event_data.ts";

const code = (data: unknown, maxKb = 64): string => {
  try {
    encodeData("app:shop.x", data, maxKb);
    return "ok";
  } catch (error) {
    assert.ok(error instanceof FaztError);
    return error.code;
  }
};
const nested = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));

Deno.test("any JSON value comes out as it went in", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    assert.deepEqual(JSON.parse(encodeData("x", value, 64)), JSON.parse(JSON.stringify(value)));
  }));
  assert.equal(encodeData("x", undefined, 1), "null");
});

Deno.test("data is counted in bytes, not in characters", () => {
  assert.equal(code("x".repeat(1022), 1), "ok");
  assert.equal(code("x".repeat(1023), 1), "TOO_LARGE");
  assert.equal(code("é".repeat(512), 1), "TOO_LARGE");
});

Deno.test("what is no JSON value is refused", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const data of [cycle, 1n, () => 1, Symbol("x")]) assert.equal(code(data), "INVALID");
});

Deno.test("data nested past what others can walk is refused", () => {
  assert.equal(code(nested(100)), "ok");
  assert.equal(code(nested(101)), "INVALID");
  assert.equal(code(nested(20_000)), "INVALID");
  assert.equal(code(`${"[".repeat(500)}\\"`), "ok", "brackets in text are text");
});
