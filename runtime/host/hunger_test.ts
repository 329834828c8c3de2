import assert from "node:assert/strict";
import { type Eater, heavyPlaces, largest, longest } from "./hunger.ts";

const eater = (turnMs: number, mb: number, inFlight = 1): Eater => ({
  turnMs,
  inFlight,
  usage: { heapBytes: mb * 1e6, externalBytes: 0 },
});

Deno.test("who has been in one turn longest is ended first, and nobody who is in none for long", () => {
  const quick = eater(10, 500);
  const slow = eater(800, 5);
  const slower = eater(900, 5);
  assert.equal(longest([quick, slower, slow]), slower);
  assert.equal(longest([quick]), undefined);
});

Deno.test("of those between turns the largest that is busy is ended, else the largest", () => {
  const idle = eater(0, 900, 0);
  const small = eater(0, 5);
  const large = eater(0, 50);
  assert.equal(largest([idle, large, small]), large);
  assert.equal(largest([eater(0, 1, 0), idle]), idle);
  assert.equal(largest([]), undefined);
});

Deno.test("there is a place for a heavy app however little memory there is", () => {
  assert.deepEqual([256, 800, 1200, 4096].map(heavyPlaces), [1, 1, 2, 9]);
});
