import assert from "node:assert/strict";
import { judge, type Mode, type Readings } from "./mode.ts";

const CALM: Readings = { memory: 0.3, lagMs: 1, disk: 0.2, databaseFaults: 0, relieved: false };
const mode = (readings: Partial<Readings>, current: Mode = "normal") =>
  judge({ ...CALM, ...readings }, current).mode;

Deno.test("each mode is called for by its own reading", () => {
  assert.equal(mode({}), "normal");
  assert.equal(mode({ memory: 1 }), "degraded");
  assert.equal(mode({ lagMs: 600 }), "degraded");
  assert.equal(mode({ disk: 1 }), "read-only");
  assert.equal(mode({ memory: 1.1, relieved: true }), "cockpit-only");
  assert.equal(mode({ memory: 2.1, relieved: true }), "emergency");
  assert.equal(mode({ databaseFaults: 3 }), "emergency");
});

Deno.test("the worse of two readings wins", () => {
  assert.equal(mode({ memory: 1.2, disk: 1.2 }), "read-only");
  assert.equal(mode({ memory: 1.2, disk: 1.2, relieved: true }), "cockpit-only");
  assert.equal(mode({ disk: 1.2, databaseFaults: 5 }), "emergency");
});

Deno.test("a mode is left only well below the line where it was entered", () => {
  assert.equal(mode({ memory: 0.95 }, "degraded"), "degraded");
  assert.equal(mode({ memory: 0.85 }, "degraded"), "normal");
  assert.equal(mode({ disk: 0.95 }, "read-only"), "read-only");
  assert.equal(mode({ disk: 0.85 }, "read-only"), "normal");
  assert.equal(mode({ memory: 0.95, relieved: true }, "cockpit-only"), "cockpit-only");
  assert.equal(mode({ memory: 0.5 }, "cockpit-only"), "normal");
  assert.equal(mode({ databaseFaults: 0 }, "emergency"), "normal");
});

Deno.test("memory over the limit is no emergency while apps can still be ended", () => {
  assert.equal(mode({ memory: 3 }), "degraded");
});
