import assert from "node:assert/strict";
import { Crowding } from "./crowding.ts";

const late = { delayMs: 80, cpuMs: 70, calls: 4 };

Deno.test("answers that come late twice in a row for want of the processor are a crowd", () => {
  const crowding = new Crowding();
  assert.equal(crowding.answered(late), false);
  assert.equal(crowding.answered(late), true);
});

Deno.test("one late answer, a machine without time, or a single call are none", () => {
  for (const other of [{ delayMs: 5 }, { cpuMs: 10 }, { calls: 1 }]) {
    const crowding = new Crowding();
    crowding.answered(late);
    assert.equal(crowding.answered({ ...late, ...other }), false, JSON.stringify(other));
    assert.equal(crowding.answered(late), false, "it counts anew");
  }
});

Deno.test("a ping that stays without an answer needs no second one", () => {
  const crowding = new Crowding();
  assert.equal(crowding.unanswered({ silentMs: 100, calls: 2 }), false);
  assert.equal(crowding.unanswered({ silentMs: 300, calls: 1 }), false);
  assert.equal(crowding.unanswered({ silentMs: 300, calls: 2 }), true);
});
