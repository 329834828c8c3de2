import assert from "node:assert/strict";
import { LaneScheduler, type StepResult } from "./lane_scheduler.ts";
import { until } from "../lib/testing/until.ts";
import { FakeTime } from "./testing.ts";

const lane = (appId: string, name = "") => ({ appId, name });
type TestLane = ReturnType<typeof lane>;

/** A scheduler whose steps end when the test says so. */
function harness() {
  const time = new FakeTime();
  const open: { lane: TestLane; end: (result: StepResult) => void }[] = [];
  const idle: TestLane[] = [];
  const scheduler = new LaneScheduler<TestLane>({
    timers: time,
    step: (lane) => {
      const { promise, resolve } = Promise.withResolvers<StepResult>();
      open.push({ lane, end: resolve });
      return promise;
    },
    idle: (lane) => idle.push(lane),
  });
  scheduler.start();
  return { time, open, idle, scheduler };
}

Deno.test("a lane that is woken during its last step gets another one", async () => {
  const { open, idle, scheduler } = harness();
  const one = lane("a");
  scheduler.wake(one);
  scheduler.wake(one);
  assert.equal(open.length, 1, "never twice at once");
  open[0]!.end("idle");
  await until(() => open.length === 2);
  open[1]!.end("idle");
  await until(() => idle.length === 1);
  assert.equal(open.length, 2);
});

Deno.test("a lane that pauses is left alone until its time, or until that is cancelled", async () => {
  const { time, open, scheduler } = harness();
  const one = lane("a");
  scheduler.wake(one);
  open[0]!.end(500);
  await until(() => time.size === 1);
  scheduler.wake(one);
  time.advance(499);
  assert.equal(open.length, 1);
  time.advance(1);
  assert.equal(open.length, 2);
  open[1]!.end(500);
  await until(() => time.size === 1);
  scheduler.cancel(one);
  assert.equal(time.size, 0);
  scheduler.wake(one);
  assert.equal(open.length, 3);
});

Deno.test("a busy lane goes behind those that wait, and one app takes eight turns at most", async () => {
  const { open, scheduler } = harness();
  for (let i = 0; i < 10; i++) scheduler.wake(lane("a", `a${i}`));
  scheduler.wake(lane("b", "b0"));
  const names = () => open.map(({ lane }) => lane.name);
  assert.deepEqual(names(), ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "b0"]);
  open[0]!.end("more");
  await until(() => open.length === 10);
  open[1]!.end("idle");
  open[2]!.end("idle");
  await until(() => open.length === 12);
  assert.deepEqual(names().slice(9), ["a8", "a9", "a0"]);
});

Deno.test("all apps together take thirty-two turns at most", async () => {
  const { open, scheduler } = harness();
  for (let i = 0; i < 40; i++) scheduler.wake(lane(`app ${i}`));
  assert.equal(open.length, 32);
  open[5]!.end("idle");
  await until(() => open.length === 33);
});

Deno.test("stopping waits for open steps, begins none and ends pauses", async () => {
  const { time, open, idle, scheduler } = harness();
  scheduler.wake(lane("a"));
  scheduler.wake(lane("b"));
  open[1]!.end(1000);
  await until(() => time.size === 1);
  let stopped = false;
  const stopping = scheduler.stop(5000).then(() => stopped = true);
  assert.equal(time.next, 5000, "only the grace runs");
  open[0]!.end("more");
  await stopping;
  assert.ok(stopped);
  assert.equal(time.size, 0);
  assert.equal(open.length, 2);
  assert.deepEqual(idle, []);
});
