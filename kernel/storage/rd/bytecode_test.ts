import assert from "node:assert/strict";
import { findUnboundedLoop, type Instruction } from "./bytecode.ts";

/** A program from lines such as `Next 0 1 0`; the address is the line. */
function program(text: string): Instruction[] {
  return text.trim().split("\n").map((line, addr) => {
    const [opcode, p1, p2, p3, p4] = line.trim().split(" ");
    return {
      addr,
      opcode: opcode!,
      p1: Number(p1 ?? 0),
      p2: Number(p2 ?? 0),
      p3: Number(p3 ?? 0),
      p4: p4 ?? null,
    };
  });
}

const ROWS: readonly (readonly [string, boolean, string])[] = [
  ["no loop", true, "Init 0 1\nInteger 1 1\nHalt"],
  ["one pass through what is there", true, "Init 0 1\nRewind 0 4\nColumn 0 0 1\nNext 0 2\nHalt"],
  [
    "a pass inside a pass",
    false,
    "Init 0 1\nRewind 0 6\nRewind 1 5\nColumn 1 0 1\nNext 1 3\nNext 0 2\nHalt",
  ],
  [
    "a pass inside a pass that ticks each time",
    true,
    "Init 0 1\nRewind 0 6\nRewind 1 5\nFunction 0 0 1 tick(1)\nNext 1 3\nNext 0 2\nHalt",
  ],
  [
    "two cursors on one collection",
    false,
    "Init 0 1\nOpenEphemeral 0 1\nOpenDup 1 0\nRewind 0 8\nRewind 1 7\nColumn 1 0 1\n" +
    "Next 1 5\nNext 0 4\nHalt",
  ],
  [
    "a pass that puts rows into what it passes through",
    false,
    "Init 0 1\nOpenEphemeral 0 1\nRewind 0 5\nInsert 0 1 2\nNext 0 3\nHalt",
  ],
  ["a loop that goes nowhere", false, "Init 0 1\nInteger 1 1\nGoto 0 1\nHalt"],
  ["an opcode nobody knows, which may jump back", false, "Init 0 1\nInteger 1 1\nNewest 0 1\nHalt"],
  [
    "a subroutine called twice",
    true,
    "Init 0 1\nGosub 1 5\nGosub 1 5\nHalt\nHalt\nInteger 1 2\nReturn 1",
  ],
  [
    "what runs once, inside a loop",
    true,
    "Init 0 1\nRewind 0 7\nOnce 0 6\nRewind 1 6\nColumn 1 0 1\nNext 1 4\nNext 0 2\nHalt",
  ],
  [
    "short lists inside each other",
    true,
    "Init 0 1\nOpenEphemeral 0 1\nIdxInsert 0 1\nIdxInsert 0 1\nOpenEphemeral 1 1\n" +
    "IdxInsert 1 1\nRewind 0 11\nRewind 1 10\nColumn 1 0 1\nNext 1 8\nNext 0 7\nHalt",
  ],
];

for (const [name, bounded, text] of ROWS) {
  Deno.test(`${name}: ${bounded ? "ends" : "may not end"}`, () => {
    const found = findUnboundedLoop(program(text), "tick");
    assert.equal(found === undefined, bounded, String(found));
  });
}
