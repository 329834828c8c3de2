import assert from "node:assert/strict";
import { Announcer } from "./announcer.ts";
import { LimitNotices } from "./limit_notices.ts";

const rises = (notices: LimitNotices, ...parts: readonly number[]) =>
  parts.map((part) => notices.rise("x", part));

Deno.test("a limit is told of once at 80 %, once at its end, and again after it calmed down", () => {
  let now = 0;
  const notices = new LimitNotices(() => now);
  assert.deepEqual(rises(notices, 0.5, 0.8, 0.9, 0.79, 0.85), [
    undefined,
    "warning",
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(rises(notices, 1, 1.2, 0.9, 1), ["exceeded", undefined, undefined, undefined]);
  now += 61_000;
  assert.deepEqual(rises(notices, 0.75, 1), [undefined, undefined]);
  assert.deepEqual(rises(notices, 0.7, 0.8), [undefined, "warning"]);
});

Deno.test("a use that goes up and down is told of once a minute", () => {
  let now = 0;
  const notices = new LimitNotices(() => now);
  let told = 0;
  for (; now < 600_000; now += 250) {
    told += rises(notices, 0, 1.5).filter((level) => level !== undefined).length;
  }
  assert.equal(told, 10);
});

Deno.test("what an earlier process told is not told again", () => {
  const notices = new LimitNotices(() => 0);
  notices.restore("x", "exceeded");
  assert.deepEqual(rises(notices, 0.9, 1), [undefined, undefined]);
});

Deno.test("events wait while nothing can be kept, in their order, a hundred at most", () => {
  const said: unknown[] = [];
  let held = true;
  let now = 0;
  const announcer = new Announcer({
    emit: (type, data) => Promise.resolve(void said.push([type, data.at])),
    held: () => held,
    clock: () => ++now,
  });
  for (let i = 0; i < 150; i++) announcer.say("system.mode", {});
  assert.deepEqual(said, []);
  held = false;
  announcer.say("system.last", {});
  assert.equal(said.length, 100);
  assert.deepEqual(said[0], ["system.mode", 1]);
  announcer.say("system.next", {});
  assert.deepEqual(said.at(-1), ["system.next", 101]);
});
