// What one app does to the requests of another that has done nothing.
import assert from "node:assert/strict";
import type { RunnableApp } from "../../kernel/proc/mod.ts";
import { app, type Bench, call, modern, until, withRunner } from "./testing/bench.ts";

/** Longest a request of the quiet app may take, 99 of 100, ms: far more than it does alone, far
 * less than any flood lasts. */
const BOUND_MS = 1500;
const QUIET = 100;
const LIMITS = { isolates: navigator.hardwareConcurrency, concurrency: 50, timeMs: 30_000 };

/** Asks the quiet app again and again; fails unless every answer is its own and soon there. */
async function quietly(bench: Bench, quiet: RunnableApp): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < QUIET; i++) {
    const began = performance.now();
    assert.equal(await (await call(bench, quiet)).text(), "quiet");
    times.push(performance.now() - began);
    // Spread over more than a second: limits that count by the second begin anew in between.
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  const p99 = times.sort((a, b) => a - b)[Math.floor(QUIET * 0.99) - 1]!;
  assert.ok(p99 < BOUND_MS, `p99 ${p99.toFixed(0)} ms`);
}

const quietApp = () =>
  app(modern(`async () => { await fazt.storage.kv.get("a"); return "quiet"; }`), LIMITS);

Deno.test("ten thousand requests of a slow app leave another one its answers", () =>
  withRunner(async (bench) => {
    const quiet = quietApp();
    const slow = app(
      modern("() => new Promise((resolve) => setTimeout(() => resolve('slow'), 2000))"),
      LIMITS,
    );
    await quietly(bench, quiet);
    const flood = Array.from({ length: 10_000 }, () => call(bench, slow));
    await until(() => bench.runner.state(slow.id).inFlight > 0);
    await quietly(bench, quiet);
    const { inFlight, waiting, errors } = bench.runner.state(slow.id);
    assert.ok(inFlight <= LIMITS.isolates * LIMITS.concurrency, `${inFlight} run`);
    assert.ok(waiting <= 1000, `${waiting} wait`);
    assert.ok(errors > 8000, `${errors} were refused`);
    bench.runner.close();
    const refused = (await Promise.all(flood)).filter(({ status }) => status !== 200);
    assert.ok(refused.every(({ status }) => status === 503));
    assert.equal(refused.at(-1)!.headers.get("retry-after"), "1");
  }));

Deno.test("an app that burns the processor in all its isolates leaves another one its answers", () =>
  withRunner(async (bench) => {
    const quiet = quietApp();
    await quietly(bench, quiet);
    const burner = app(
      modern(`() => { const end = performance.now() + 100; while (performance.now() < end); }`),
      LIMITS,
    );
    let stopped = false;
    const flood = Array.from({ length: 40 }, async () => {
      while (!stopped) await call(bench, burner);
    });
    await until(() => bench.runner.state(burner.id).isolates === LIMITS.isolates, 30_000);
    await quietly(bench, quiet);
    stopped = true;
    bench.runner.close();
    await Promise.all(flood);
  }));

Deno.test("an app that never stops calling the kernel leaves another one its answers", () =>
  withRunner(async (bench) => {
    const quiet = quietApp();
    await quietly(bench, quiet);
    const noisy = app(
      modern(`async () => {
        const one = async () => { for (;;) await fazt.storage.kv.get("a").catch(() => {}); };
        await Promise.all(Array.from({ length: 20000 }, one));
      }`),
      { ...LIMITS, heapMb: 128, syscallsInFlight: 256, syscallsPerSecond: 5000 },
    );
    const flood = call(bench, noisy);
    await until(() => bench.runner.state(noisy.id).inFlight > 0);
    await quietly(bench, quiet);
    assert.equal(bench.runner.state(noisy.id).inFlight, 1, "it still floods");
    bench.runner.close();
    await flood;
  }));

Deno.test("apps that keep every place busy make room for one that has none", () =>
  withRunner(async (bench) => {
    const slow = (): RunnableApp =>
      app(modern("() => new Promise((resolve) => setTimeout(() => resolve('slow'), 300))"), {
        ...LIMITS,
        concurrency: 2,
      });
    const hogs = [slow(), slow()];
    let stopped = false;
    const statuses = new Set<number>();
    const flood = hogs.flatMap((hog) =>
      Array.from({ length: 10 }, async () => {
        while (!stopped) statuses.add((await call(bench, hog)).status);
      })
    );
    await until(() => hogs.every(({ id }) => bench.runner.state(id).inFlight > 0));
    const quiet = quietApp();
    for (let i = 0; i < 3; i++) assert.equal(await (await call(bench, quiet)).text(), "quiet");
    stopped = true;
    await Promise.all(flood);
    assert.deepEqual([...statuses], [200]);
  }, { isolates: () => 2 }));
