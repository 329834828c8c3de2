import assert from "node:assert/strict";
import { addressRanges, isInRanges } from "./address_ranges.ts";

Deno.test("addresses and ranges of both families are told apart", () => {
  const ranges = addressRanges("loopback, 10.0.0.0/8 ,192.0.2.7,2001:db8::/32")!;
  for (
    const inside of ["127.0.0.1", "::1", "10.9.8.7", "192.0.2.7", "::ffff:10.0.0.1", "2001:db8::5"]
  ) {
    assert.equal(isInRanges(inside, ranges), true, inside);
  }
  for (const outside of ["11.0.0.1", "192.0.2.8", "::2", "2001:db9::1", "", "unknown"]) {
    assert.equal(isInRanges(outside, ranges), false, outside);
  }
});

Deno.test("nobody is in an empty list, and what is no address is no list", () => {
  assert.equal(isInRanges("127.0.0.1", addressRanges("")!), false);
  for (const text of ["me", "10.0.0.0/33", "10.0.0.1,", "*", "10.0.0.0/8;::1"]) {
    assert.equal(addressRanges(text) === undefined, text !== "10.0.0.1,", text);
  }
});
