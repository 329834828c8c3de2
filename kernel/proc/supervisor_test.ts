import assert from "node:assert/strict";
import { mock } from "node:test";
import { setImmediate } from "node:timers";
import { Supervisor } from "./supervisor.ts";

/** Time as the tests let it pass. */
interface Time {
  /** Lets `ms` pass, then whatever that woke do what it can without waiting. */
  readonly pass: (ms: number) => Promise<void>;
}

function withTime(run: (time: Time) => Promise<void>): () => Promise<void> {
  return async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await run({
        pass: (ms) => {
          mock.timers.tick(ms);
          return new Promise((resolve) => setImmediate(resolve));
        },
      });
    } finally {
      mock.timers.reset();
    }
  };
}

const supervisor = () => {
  const errors: [string, unknown][] = [];
  return { errors, tasks: new Supervisor((task, error) => errors.push([task, error])) };
};

/** A task whose runs end when the test says so. */
class Held {
  readonly runs: PromiseWithResolvers<void>[] = [];

  readonly run = (): Promise<void> => {
    const ending = Promise.withResolvers<void>();
    this.runs.push(ending);
    return ending.promise;
  };
}

Deno.test(
  "a task runs one interval after the start, then one interval after each end",
  withTime(async ({ pass }) => {
    const { tasks, errors } = supervisor();
    let runs = 0;
    tasks.every(100, { name: "count", run: () => Promise.resolve(runs++) });
    await pass(99);
    assert.equal(runs, 0);
    await pass(1);
    assert.equal(runs, 1);
    await pass(99);
    assert.equal(runs, 1);
    await pass(1);
    assert.equal(runs, 2);
    assert.deepEqual(errors, []);
    await tasks.stop();
  }),
);

Deno.test(
  "a task never runs beside itself, however long it takes",
  withTime(async ({ pass }) => {
    const { tasks } = supervisor();
    const slow = new Held();
    let others = 0;
    tasks.every(100, { name: "slow", run: slow.run });
    tasks.every(100, { name: "other", run: () => Promise.resolve(others++) });
    for (let i = 0; i < 10; i++) await pass(100);
    assert.deepEqual([slow.runs.length, others], [1, 10]);
    slow.runs[0]!.resolve();
    await pass(0);
    await pass(99);
    assert.equal(slow.runs.length, 1);
    await pass(1);
    assert.equal(slow.runs.length, 2);
    slow.runs[1]!.resolve();
    await tasks.stop();
  }),
);

Deno.test(
  "each failure doubles the wait up to sixteen intervals, and a success ends that",
  withTime(async ({ pass }) => {
    const { tasks, errors } = supervisor();
    const trouble = new Error("the disk is full");
    let runs = 0;
    let broken = true;
    const run = () => {
      runs++;
      return broken ? Promise.reject(trouble) : Promise.resolve();
    };
    tasks.every(100, { name: "sweep", run });
    const waitFor = async (ms: number) => {
      const before = runs;
      await pass(ms - 1);
      assert.equal(runs, before, `before ${ms} ms`);
      await pass(1);
      assert.equal(runs, before + 1, `after ${ms} ms`);
    };
    for (const ms of [100, 200, 400, 800, 1600, 1600]) await waitFor(ms);
    assert.deepEqual(errors, Array.from({ length: 6 }, () => ["sweep", trouble]));
    broken = false;
    for (const ms of [1600, 100, 100]) await waitFor(ms);
    broken = true;
    for (const ms of [100, 200]) await waitFor(ms);
    await tasks.stop();
  }),
);

Deno.test(
  "a task that throws before it promises anything is a failure like any other",
  withTime(async ({ pass }) => {
    const { tasks, errors } = supervisor();
    let runs = 0;
    tasks.every(100, {
      name: "careless",
      run: () => {
        runs++;
        throw new Error("at once");
      },
    });
    await pass(100);
    await pass(199);
    assert.equal(runs, 1);
    await pass(1);
    assert.deepEqual([runs, errors.length], [2, 2]);
    await tasks.stop();
  }),
);

Deno.test(
  "stopping waits for what runs and starts nothing more",
  withTime(async ({ pass }) => {
    const { tasks } = supervisor();
    const [one, two, planned] = [new Held(), new Held(), new Held()];
    tasks.every(100, { name: "one", run: one.run });
    tasks.every(100, { name: "two", run: two.run });
    tasks.every(150, { name: "planned", run: planned.run });
    await pass(100);
    let stopped = false;
    const stopping = tasks.stop().then(() => stopped = true);
    one.runs[0]!.resolve();
    await pass(1000);
    assert.equal(stopped, false);
    two.runs[0]!.resolve();
    await stopping;
    await tasks.stop();
    tasks.every(100, { name: "late", run: planned.run });
    await pass(10_000);
    assert.deepEqual([one.runs.length, two.runs.length, planned.runs.length], [1, 1, 0]);
  }),
);

Deno.test(
  "stopping does not fail with what runs, and tells of it",
  withTime(async ({ pass }) => {
    const { tasks, errors } = supervisor();
    const held = new Held();
    tasks.every(100, { name: "held", run: held.run });
    await pass(100);
    const stopping = tasks.stop();
    held.runs[0]!.reject(new Error("too late"));
    await stopping;
    assert.deepEqual(errors.map(([task]) => task), ["held"]);
    await pass(10_000);
    assert.equal(held.runs.length, 1);
  }),
);
