import assert from "node:assert/strict";
import { Refusal } from "./app_errors.ts";
import type { Isolate } from "./isolate.ts";
import { WaitingRoom } from "./waiting_room.ts";

/** What became of some guests, in the order it happened. */
function room(names: string, left = "") {
  const waiting = new WaitingRoom();
  const said: string[] = [];
  for (const name of names) {
    waiting.add({
      enter: () => said.push(`${name} in`),
      refuse: (refusal: Refusal) => said.push(`${name} ${refusal.code}`),
      left: () => left.includes(name),
      bytes: 1,
    }, 60_000);
  }
  return { waiting, said };
}
// Guests here look at no isolate.
const ANY = {} as Isolate;

Deno.test("as many are let in as there are places, oldest first, each asked for anew", () => {
  const { waiting, said } = room("abc");
  let places = 2;
  waiting.admit(() => places-- > 0 ? ANY : undefined);
  assert.deepEqual([said, waiting.size], [["a in", "b in"], 1]);
  waiting.admit(() => ANY);
  assert.deepEqual([said.at(-1), waiting.size], ["c in", 0]);
});

Deno.test("who has left takes no place", () => {
  const { waiting, said } = room("abc", "ac");
  let asked = 0;
  waiting.admit(() => ++asked === 1 ? ANY : undefined);
  assert.deepEqual([said, asked], [["a APP_STOPPED", "b in", "c APP_STOPPED"], 1]);
});

Deno.test("who waited too long is refused, and the room has an end", async () => {
  const waiting = new WaitingRoom();
  const code = await new Promise((resolve) =>
    waiting.add({ enter: () => {}, refuse: (r) => resolve(r.code), left: () => false, bytes: 0 }, 1)
  );
  assert.deepEqual([code, waiting.size, waiting.full], ["APP_BUSY", 0, false]);
  const { waiting: crowd } = room("x".repeat(1000));
  assert.equal(crowd.full, true);
  const { waiting: fewer, said } = room("ab");
  for (const each of [crowd, fewer]) each.clear(Refusal.BROKEN);
  assert.deepEqual([said, crowd.size], [["a APP_ERROR", "b APP_ERROR"], 0]);
});

Deno.test("few that hold much memory fill the room as many do, until they are let in", () => {
  const { waiting } = room("a");
  const guest = { enter: () => {}, refuse: () => {}, left: () => false, bytes: 32 * 1024 * 1024 };
  for (let i = 0; i < 2; i++) waiting.add(guest, 60_000);
  assert.equal(waiting.full, true);
  let places = 2;
  waiting.admit(() => places-- > 0 ? ANY : undefined);
  assert.equal(waiting.full, false);
  waiting.clear(Refusal.BUSY);
});
