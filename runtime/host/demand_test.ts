// When an app gets another isolate, when it gives it back, and what one that sleeps costs.
import assert from "node:assert/strict";
import type { RunnableApp } from "../../kernel/proc/mod.ts";
import { app, type Bench, call, modern, until, withRunner } from "./testing/bench.ts";

const BURN =
  `() => { const end = performance.now() + 50; while (performance.now() < end); return "ok"; }`;
const WAIT = `() => new Promise((resolve) => setTimeout(() => resolve("ok"), 50))`;
const ROOMY = { isolates: 2, concurrency: 50, timeMs: 20_000 };

/** Keeps `n` requests open at a time until told to stop; resolves with the answers' statuses. */
function clients(bench: Bench, target: RunnableApp, n: number) {
  let stopped = false;
  const statuses = new Map<number, number>();
  const one = async () => {
    while (!stopped) {
      const { status, body } = await call(bench, target);
      await body?.cancel();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const all = Promise.all(Array.from({ length: n }, one));
  return {
    statuses,
    stop: async () => {
      stopped = true;
      await all;
      return Object.fromEntries(statuses);
    },
  };
}

Deno.test("requests that wait for the processor get a second isolate, those that wait for a timer do not", () =>
  withRunner(async (bench) => {
    const waits = app(modern(WAIT), ROOMY);
    const calm = clients(bench, waits, 8);
    await until(() => (calm.statuses.get(200) ?? 0) > 200, 30_000);
    assert.deepEqual(Object.keys(await calm.stop()), ["200"]);
    assert.equal(bench.runner.state(waits.id).coldStarts, 1);

    const burns = app(modern(BURN), ROOMY);
    const crowd = clients(bench, burns, 8);
    await until(() => bench.runner.state(burns.id).isolates === 2, 30_000);
    const answered = crowd.statuses.get(200) ?? 0;
    await until(() => (crowd.statuses.get(200) ?? 0) > answered + 40, 30_000);
    assert.deepEqual(Object.keys(await crowd.stop()), ["200"]);
    assert.equal(bench.runner.state(burns.id).isolates, 2);
  }));

Deno.test("an isolate that is not needed any more goes, while the app goes on answering", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(`async (r) => {
        const { pathname } = new URL(r.url);
        if (pathname === "/api/quick") return "quick";
        await new Promise((resolve) => setTimeout(resolve, 300));
        return "slow";
      }`),
      { ...ROOMY, concurrency: 4 },
    );
    const many = await Promise.all(Array.from({ length: 8 }, () => call(bench, target)));
    assert.deepEqual([...new Set(many.map(({ status }) => status))], [200]);
    await until(() => bench.runner.state(target.id).isolates === 2);
    let asked = 0;
    const deadline = performance.now() + 20_000;
    while (bench.runner.state(target.id).isolates === 2 && performance.now() < deadline) {
      assert.equal(await (await call(bench, target, { path: "/api/quick" })).text(), "quick");
      await new Promise((resolve) => setTimeout(resolve, 20));
      asked++;
    }
    assert.equal(bench.runner.state(target.id).isolates, 1);
    assert.ok(asked > 10);
    const { restarts, errors } = bench.runner.state(target.id);
    assert.deepEqual([restarts, errors], [0, 0]);
  }, { idleMs: () => 1500 }));

Deno.test("an app that nobody asks sleeps: no isolate, no memory, and its counts stay", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(`() => { globalThis.keep ??= new Uint8Array(20e6).fill(1); return "ok"; }`),
    );
    assert.equal(await (await call(bench, target)).text(), "ok");
    await until(() => bench.runner.state(target.id).externalBytes > 20e6);
    const { heapBytes } = bench.runner.state(target.id);
    assert.ok(heapBytes > 1e6, `${heapBytes}`);
    const resident = Deno.memoryUsage().rss;
    await until(() => bench.runner.state(target.id).state === "cold");
    const { isolates, requests, ...rest } = bench.runner.state(target.id);
    assert.deepEqual([isolates, requests, rest.heapBytes, rest.externalBytes], [0, 1, 0, 0]);
    assert.deepEqual(bench.runner.totals(), { realms: 1, isolates: 0, spares: 0 });
    await until(() => Deno.memoryUsage().rss < resident - 15e6);
    assert.equal(await (await call(bench, target)).text(), "ok");
    assert.equal(bench.runner.state(target.id).coldStarts, 2);
  }, { idleMs: () => 1000, spares: () => 0 }));

Deno.test("an app's processor time is counted, also of an isolate that was ended", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(`(r) => { const ms = Number(new URL(r.url).searchParams.get("ms"));
        const end = performance.now() + ms; while (performance.now() < end); return "ok"; }`),
      { timeMs: 1500 },
    );
    const began = performance.now();
    const cpuMs = () => bench.runner.state(target.id).cpuMs;
    while (cpuMs() < 100) {
      assert.equal((await call(bench, target, { path: "/api?ms=50" })).status, 200);
      assert.ok(performance.now() - began < 20_000);
    }
    assert.ok(cpuMs() <= performance.now() - began);
    const before = cpuMs();
    assert.equal((await call(bench, target, { path: "/api?ms=60000" })).status, 504);
    await until(() => bench.runner.state(target.id).isolates === 0);
    assert.ok(cpuMs() >= before + 500, `${before} ms, then ${cpuMs()}`);
  }));

Deno.test("who came before the code was replaced, but waited or was uploading, is answered by the new one", () =>
  withRunner(async (bench) => {
    const broken = app(`(async function () { throw new Error("never"); })`);
    const first = call(bench, broken);
    const second = call(bench, {
      ...broken,
      generation: "2",
      module: () => modern('() => "two"'),
    });
    assert.deepEqual(
      await Promise.all([(await first).text(), (await second).text()]),
      ["two", "two"],
    );
    const upload = app(modern('() => "one"'));
    let finish = () => {};
    const body = new ReadableStream({ start: (c) => void (finish = () => c.close()) });
    const late = call(bench, upload, { method: "POST", body });
    const newer = { ...upload, generation: "2", module: () => modern('() => "two"') };
    assert.equal(await (await call(bench, newer)).text(), "two");
    finish();
    assert.equal(await (await late).text(), "two");
    assert.equal(bench.runner.state(upload.id).coldStarts, 1);
    const slow = app(modern('() => "one"'));
    const waiting = call(bench, slow);
    bench.runner.retire(slow.id);
    assert.equal((await waiting).status, 200);
  }));

Deno.test("buffers that an app dropped go although nobody asks it anything", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(`() => { for (let i = 0; i < 5; i++) new Uint8Array(10e6).fill(1); return "ok"; }`),
      ROOMY,
    );
    assert.equal((await call(bench, target)).status, 200);
    const external = () => bench.runner.state(target.id).externalBytes;
    await until(() => external() > 0 && external() < 16e6, 30_000);
  }));
