import assert from "node:assert/strict";
import { type Occupied, Surplus } from "./surplus.ts";

const isolate = (load: number, inFlight: number): Occupied => ({
  inFlight,
  usage: { load },
  app: { limits: { concurrency: 10 } },
});
const at = (now: number) => ({ now, calmMs: 60_000 });

Deno.test("one goes once a smaller number was enough for ten seconds", () => {
  const surplus = new Surplus();
  const pair = [isolate(0.1, 1), isolate(0.2, 2)];
  assert.equal(surplus.look(pair, at(0)), false);
  assert.equal(surplus.look(pair, at(9000)), false);
  assert.equal(surplus.look(pair, at(10_000)), true);
  assert.equal(surplus.look(pair, at(11_000)), false, "the next has its own ten seconds");
});

Deno.test("load or open calls for more than one keep both, and begin the time anew", () => {
  for (const busy of [isolate(0.7, 0), isolate(0, 7)]) {
    const surplus = new Surplus();
    surplus.look([isolate(0, 0), isolate(0, 0)], at(0));
    assert.equal(surplus.look([isolate(0, 0), busy], at(10_000)), false);
    assert.equal(surplus.look([isolate(0, 0), isolate(0, 0)], at(11_000)), false);
  }
});

Deno.test("the only one is never too many", () => {
  const surplus = new Surplus();
  assert.equal(surplus.look([isolate(0, 0)], at(0)), false);
  assert.equal(surplus.look([isolate(0, 0)], at(1e9)), false);
});
