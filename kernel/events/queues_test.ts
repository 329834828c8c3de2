import assert from "node:assert/strict";
import { FaztError } from "../lib/fazt_error.ts";
import { MAX_OWED, Queues } from "./queues.ts";

const target = (appId: string) => ({ appId, handler: "api/x.ts" });
const limited = (error: unknown) => error instanceof FaztError && error.code === "EVENTS_LIMIT";

Deno.test("room that was not used is given back, and a refusal takes none", () => {
  const queues = new Queues();
  queues.load("app_a", "system", MAX_OWED - 1);
  const release = queues.reserve([target("app_a")]);
  assert.equal(queues.hasRoom("app_a"), false);
  assert.throws(() => queues.reserve([target("app_b"), target("app_a")]), limited);
  release();
  // Room for one, and this takes two: neither is kept.
  assert.throws(() => queues.reserve([target("app_a"), target("app_a")]), limited);
  assert.equal(queues.hasRoom("app_a"), true);
  queues.reserve([target("app_a")]);
  queues.settled("app_a");
  assert.equal(queues.hasRoom("app_a"), true);
});

Deno.test("a lane that ended is made anew, one that others replaced is left alone", () => {
  const queues = new Queues();
  const first = queues.lane("app_a", "system");
  assert.equal(queues.lane("app_a", "system"), first);
  queues.dropLane(first);
  const second = queues.lane("app_a", "system");
  assert.notEqual(second, first);
  queues.dropLane(first);
  assert.deepEqual(queues.lanes("app_a"), [second]);
  queues.forget("app_a");
  assert.equal(second.gone, true);
  assert.deepEqual(queues.lanes(), []);
});

Deno.test("what was taken out of memory leaves room for as much again", () => {
  const queues = new Queues();
  const event = {
    n: 0,
    eventId: "evt_1",
    type: "app:shop.a",
    at: 0,
    expiresAt: 1,
    depth: 1,
    correlationId: null,
    data: "x".repeat(1024 * 1024),
  };
  const hold = () => queues.hold([target("app_a")], "system", event)[0]!;
  for (let i = 0; i < 4; i++) hold();
  assert.throws(hold, limited);
  const lane = queues.lane("app_a", "system");
  for (let i = 0; i < 4; i++) queues.takeHeld(lane);
  for (let i = 0; i < 4; i++) hold();
  assert.equal(lane.held.length, 4);
});
