import assert from "node:assert/strict";
import type { Settings } from "../config/mod.ts";
import { InFlight } from "./in_flight.ts";

function inFlight(connections: number, perAddress: number): InFlight {
  const values: Record<string, number> = {
    "limits.global.connections": connections,
    "limits.global.perAddress": perAddress,
  };
  // Only single settings are read.
  return new InFlight({ get: (key: string) => values[key] } as unknown as Settings);
}

/** Enters `n` requests that stay open; returns how many were taken and how to end them. */
function open(places: InFlight, n: number, counted?: string, known = false) {
  const done = Promise.withResolvers<void>();
  const refusals = Array.from(
    { length: n },
    () => places.enter({ counted, completed: done.promise, known }),
  ).filter((refusal) => refusal !== undefined);
  return { taken: n - refusals.length, refusals, done };
}

Deno.test("an address has so many open requests, and gets its places back as they end", async () => {
  const places = inFlight(1000, 3);
  const first = open(places, 5, "a");
  assert.equal(first.taken, 3);
  assert.equal(first.refusals[0]!.status, 503);
  assert.deepEqual(first.refusals[0]!.details, { limit: "global.perAddress", used: 3, max: 3 });
  assert.equal(open(places, 5, "b").taken, 3);
  assert.equal(open(places, 50).taken, 50);
  first.done.resolve();
  await first.done.promise;
  assert.equal(open(places, 5, "a").taken, 3);
});

Deno.test("an answer that fails gives its place back as well", async () => {
  const places = inFlight(10, 10);
  const { done } = open(places, 10, "a");
  done.reject(new Error("the visitor left"));
  await done.promise.catch(() => {});
  assert.deepEqual([places.total, places.addresses], [0, 0]);
});

Deno.test("when every place is taken who is known still gets in, to an end", () => {
  const places = inFlight(10, 1000);
  const { taken, refusals } = open(places, 20);
  assert.equal(taken, 10);
  assert.equal((refusals[0]!.details as { limit: string }).limit, "global.connections");
  assert.equal(open(places, 200, undefined, true).taken, 100);
});

Deno.test("the peak is what there was at most since it was last asked", async () => {
  const places = inFlight(10, 10);
  const { done } = open(places, 8);
  done.resolve();
  await done.promise;
  assert.equal(places.takePeak(), 0.8);
  assert.equal(places.takePeak(), 0);
});
