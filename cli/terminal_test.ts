import assert from "node:assert/strict";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { Output } from "./output.ts";
import { pool } from "./pool.ts";
import { Progress } from "./progress.ts";
import { Prompt } from "./prompt.ts";
import { facts, table } from "./table.ts";
import { FakeIo } from "./testing/fake_io.ts";

Deno.test("a table aligns its columns and numbers stand to the right", () => {
  const io = new FakeIo();
  new Output(io, false).lines(table(["NAME", "N"], [["a", 5], ["longer", 100]]));
  assert.equal(io.stdout.text, "NAME      N\na         5\nlonger  100\n");
});

Deno.test("a table's cell cannot break out of its row", () => {
  const io = new FakeIo();
  new Output(io, false).lines(table(["A", "B"], [["x\ny", undefined]]));
  assert.equal(io.stdout.text.split("\n").length, 3);
});

Deno.test("facts align their values and show what is missing as a dash", () => {
  const io = new FakeIo();
  new Output(io, false).lines(facts([["a", "1"], ["longer", null]]));
  assert.equal(io.stdout.text, "a       1\nlonger  -\n");
});

Deno.test("bytes go into a pipe untouched and onto a terminal harmless", () => {
  const bytes = new TextEncoder().encode("a\x1b[2Jb\n");
  const pipe = new FakeIo();
  new Output(pipe, false).bytes(bytes);
  assert.equal(pipe.stdout.text, "a\x1b[2Jb\n");
  const terminal = new FakeIo({ terminal: true });
  new Output(terminal, false).bytes(bytes);
  assert.equal(terminal.stdout.text, "a\\u001b[2Jb\n");
});

Deno.test("only yes is yes", async () => {
  for (
    const [input, agrees] of [["y", true], ["YES", true], ["", false], ["yep", false]] as const
  ) {
    const io = new FakeIo({ terminal: true, input: `${input}\n` });
    const asked = new Prompt(io, new Output(io, false), false).agree("Sure?");
    if (agrees) await asked;
    else await assert.rejects(asked, { code: "CANCELLED" });
  }
});

Deno.test("progress is one changing line on a terminal and seldom a line elsewhere", () => {
  let now = 0;
  const steps = (terminal: boolean) => {
    const io = new FakeIo({ terminal });
    const total = { items: 4, bytes: 4000 };
    const progress = new Progress(new Output(io, false), terminal, "Uploading", total, () => now);
    for (let i = 0; i < 4; i++) {
      now += 2000;
      progress.add(1000);
    }
    progress.end();
    return io.stderr.text;
  };
  assert.equal(steps(true).match(/\r/g)!.length, 5);
  assert.match(steps(true), /Uploading 4\/4 files, 4 KB of 4 KB/);
  assert.equal(steps(false), "Uploading 3/4 files, 3 KB of 4 KB\n");
});

Deno.test("a pool keeps its width and order, and begins nothing after a failure", async () => {
  let running = 0;
  let widest = 0;
  const work = async (n: number) => {
    widest = Math.max(widest, ++running);
    await Promise.resolve();
    running--;
    return n * 2;
  };
  assert.deepEqual(await pool([1, 2, 3, 4, 5], 2, work), [2, 4, 6, 8, 10]);
  assert.equal(widest, 2);
  const begun: number[] = [];
  await assert.rejects(pool([1, 2, 3, 4, 5, 6], 2, async (n) => {
    begun.push(n);
    await Promise.resolve();
    if (n === 1) throw new FaztError("X", "no");
  }));
  assert.ok(begun.length <= 3, String(begun));
});
