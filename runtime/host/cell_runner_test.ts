import assert from "node:assert/strict";
import type { RunnableApp } from "../../kernel/proc/mod.ts";
import { app, call, classic, code, modern, until, withRunner } from "./testing/bench.ts";

Deno.test("both handler styles get the request and give every kind of answer", () =>
  withRunner(async (bench) => {
    const cases: [string, string, RequestInit & { path?: string }, number, string][] = [
      ["value", modern("() => ({ a: 1 })"), {}, 200, '{"a":1}'],
      ["text", modern('() => "plain"'), {}, 200, "plain"],
      ["nothing", modern("() => undefined"), {}, 204, ""],
      [
        "raw body",
        modern("async (r) => new Response(await r.bytes())"),
        { method: "POST", body: new Uint8Array([0, 255, 13]) },
        200,
        "\0\ufffd\r",
      ],
      [
        "context",
        modern("(r, c) => [c.env.COLOR, c.app.version, fazt.app.url, new URL(r.url).search]"),
        { path: "/api?q=1" },
        200,
        '["red","1.2.3","http://tested.localhost","?q=1"]',
      ],
      ["object with fetch", modern('({ fetch: () => "hono" })'), {}, 200, "hono"],
      [
        "classic form",
        classic("async (r) => ({ status: 201, json: [r.url.query, r.form, r.trigger] })"),
        {
          method: "POST",
          body: "a=1&a=2",
          path: "/api?x=y",
          headers: { "content-type": "application/x-www-form-urlencoded" },
        },
        201,
        '[{"x":"y"},{"a":["1","2"]},"http"]',
      ],
      ["classic redirect", classic('() => ({ redirect: "/there" })'), {}, 302, ""],
      [
        "stream",
        modern(
          "() => new Response(ReadableStream.from([1, 2].map((n) => new TextEncoder().encode(n + ';')))," +
            ' { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] })',
        ),
        {},
        200,
        "1;2;",
      ],
    ];
    const failures: string[] = [];
    for (const [name, source, init, status, text] of cases) {
      const response = await call(bench, app(source), init);
      const got = `${response.status} ${await response.text()}`;
      if (got !== `${status} ${text}`) failures.push(`${name}: ${got}`);
      if (name === "stream") assert.equal(response.headers.getSetCookie().length, 2);
    }
    assert.deepEqual(failures, []);
  }));

Deno.test("each way to fail has its own code, and the next request is answered", () =>
  withRunner(async (bench) => {
    const cases: [string, string, string][] = [
      ["500 APP_ERROR", modern('() => { throw new Error("secret") }'), "throws"],
      ["500 APP_ERROR", modern('() => { throw "text" }'), "throws text"],
      ["502 APP_RESPONSE", modern("() => Symbol()"), "nonsense"],
      ["502 APP_RESPONSE", classic("() => ({ status: 9000 })"), "wrong status"],
      ["502 APP_RESPONSE", classic('() => ({ headers: { "bad name": "x" } })'), "wrong header"],
      ["504 APP_TIMEOUT", modern("() => new Promise(() => {})"), "never answers"],
      ["504 APP_TIMEOUT", modern("() => { while (true); }"), "never yields"],
      [
        "500 APP_ERROR",
        '(async function () { throw new Error("while loading"); })',
        "does not load",
      ],
      ["500 APP_ERROR", modern("undefined"), "no handler"],
    ];
    for (const [expected, source, name] of cases) {
      const failed = await call(bench, app(source, { timeMs: 300 }));
      assert.equal(await code(failed), expected, `${name}: ${bench.logs.at(-1)?.message}`);
    }
    assert.ok(bench.logs.some((line) => line.message.includes("secret")));
    assert.equal((await call(bench, app(modern('() => "alive"')))).status, 200);
  }));

Deno.test("a task runs the handler it names, with its own time", () =>
  withRunner(async (bench) => {
    const target = app(`(async function () {
      const seen = [];
      const main = { default: { fetch: () => seen.splice(0), scheduled: (e) => { seen.push(["main", e.n]); } } };
      const handlers = {
        __proto__: null,
        "api/job.ts": { default: async (e, ctx) => { seen.push([ctx.trigger, e.n]); } },
        "api/old.js": (input) => { seen.push([input.trigger, input.state]); },
        "api/bad.ts": { default: () => { throw new Error("out of paper"); } },
        "api/slow.ts": { default: () => new Promise(() => {}) },
        "api/none.ts": { default: {} },
        "api/busy.ts": { default: () => { for (;;); } },
      };
      const styles = { __proto__: null, "api/job.ts": "esm", "api/old.js": "cjs",
        "api/bad.ts": "esm", "api/slow.ts": "esm", "api/none.ts": "esm", "api/busy.ts": "esm" };
      return { style: "esm", main, handlers, styles }; })`);
    const run = (
      handler: string | undefined,
      trigger: "cron" | "job" | "event",
      timeoutMs = 5000,
    ) =>
      bench.runner.runTask(target, { handler, event: { n: 1, state: '"kept"' }, timeoutMs }, {
        requestId: "req_1",
        trigger,
        userId: undefined,
      });
    assert.deepEqual(await run(undefined, "cron"), { ok: true });
    assert.deepEqual(await run("api/job.ts", "event"), { ok: true });
    assert.deepEqual(await run("api/old.js", "job"), { ok: true });
    assert.deepEqual(await (await call(bench, target)).json(), [["main", 1], ["event", 1], [
      "job",
      "kept",
    ]]);
    assert.deepEqual(await run("api/bad.ts", "cron"), {
      ok: false,
      code: "APP_ERROR",
      message: "Error: out of paper",
    });
    const none = await run("api/none.ts", "cron");
    assert.match(none.ok ? "" : none.message, /api\/none.ts exports no handler for a cron/);
    const slow = await run("api/slow.ts", "cron", 200);
    assert.equal(slow.ok ? "" : slow.code, "APP_TIMEOUT");
    // Its own time is not over, but that of a turn is: two seconds here.
    const busy = await run("api/busy.ts", "cron", 20_000);
    assert.equal(busy.ok ? "" : busy.code, "APP_TIMEOUT");
  }));

Deno.test("an app that fills its heap or its buffers is ended and the kernel lives", () =>
  withRunner(async (bench) => {
    const heap = app(
      modern("() => { const all = []; for (;;) all.push(new Array(1e4).fill({})); }"),
      { timeMs: 20_000 },
    );
    assert.equal(await code(await call(bench, heap)), "503 APP_MEMORY");
    const buffers = app(
      modern("() => { const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1)); }"),
    );
    assert.equal(await code(await call(bench, buffers)), "500 APP_ERROR");
    assert.equal((await call(bench, app(modern('() => "alive"')))).status, 200);
  }));

Deno.test("a body over the limit is refused before the app sees it", () =>
  withRunner(async (bench) => {
    const target = app(modern('() => "seen"'));
    const fits = await call(bench, target, { method: "POST", body: "x".repeat(1000) });
    assert.equal(await fits.text(), "seen");
    const declared = await call(bench, target, { method: "POST", body: "x".repeat(1001) });
    assert.equal(await code(declared), "413 BODY_TOO_LARGE");
    const streamed = await call(bench, target, {
      method: "POST",
      body: ReadableStream.from([new Uint8Array(600), new Uint8Array(600)]),
    });
    assert.equal(await code(streamed), "413 BODY_TOO_LARGE");
  }));

Deno.test("console output carries level and request and stops at its limit", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(
        '() => { console.warn("n=%d", 3, { a: 1 }); console.log("x".repeat(3000)); console.log("late"); }',
      ),
    );
    await call(bench, target);
    const [first, second, third] = bench.logs;
    assert.deepEqual(
      [first?.level, first?.message, first?.requestId],
      ["warn", "n=3 { a: 1 }", "req_1"],
    );
    assert.ok(second!.message.length < 2000);
    assert.match(third!.message, /limited to 2000 bytes/);
    assert.equal(bench.logs.length, 3);
  }));

Deno.test("syscalls past the cap are refused and the app learns which limit it was", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(
        "async () => { for (let i = 0; i < 30; i++) { const said = await fazt.storage.kv.get('k' + i)" +
          ".catch((e) => e.code + ' ' + e.limit + ' ' + e.max); if (!said.app && !said.includes('app_')) return said; } }",
      ),
      { syscallsPerSecond: 10 },
    );
    const answer = await (await call(bench, target)).text();
    assert.equal(answer, "RATE_LIMITED runtime.syscallsPerSecond 10");
  }));

Deno.test("a loop of syscalls that ignores refusals is slowed down, and none is lost", () =>
  withRunner(async (bench) => {
    const target = app(
      modern(`async () => {
        const began = performance.now();
        const all = await Promise.all(Array.from({ length: 85 }, (_, i) =>
          fazt.storage.kv.get("k" + i).then(() => "ok", (e) => e.code)));
        return { ms: performance.now() - began, all: [...new Set(all)].sort(), n: all.length };
      }`),
      { syscallsPerSecond: 10, timeMs: 10_000 },
    );
    const { ms, all, n } = await (await call(bench, target)).json();
    assert.deepEqual([all, n], [["RATE_LIMITED", "ok"], 85]);
    // Twenty answers at once and ten at the end in each second, of which the first may be short.
    assert.ok(ms >= 1000, `${ms} ms`);
  }));

Deno.test("nothing of the host can be reached from app code", () =>
  withRunner(async (bench) => {
    const probe = app(modern(`() => {
      const found = [];
      const names = ["Deno", "process", "require", "module", "Worker", "BroadcastChannel", "caches",
        "navigator", "Buffer", "global", "postMessage", "close", "eval", "nodeBootstrap",
        "location", "indexedDB", "localStorage", "sessionStorage", "WebSocket", "EventSource",
        "setImmediate", "importScripts", "OffscreenCanvas", "GPU", "onmessage"];
      for (const name of names) if (globalThis[name] !== undefined) found.push(name);
      for (let o = globalThis; o; o = Object.getPrototypeOf(o)) {
        for (const name of names) if (Object.hasOwn(o, name) && o[name] !== undefined) found.push("own " + name);
      }
      const declared = { Script: typeof Script, boot: typeof boot, calls: typeof calls,
        exit: typeof exit, nextTick: typeof nextTick, parentPort: typeof parentPort,
        runMicrotasks: typeof runMicrotasks, AsyncLocalStorage: typeof AsyncLocalStorage,
        threadCpuUsage: typeof threadCpuUsage, usage: typeof usage, turn: typeof turn,
        getHeapStatistics: typeof getHeapStatistics };
      for (const name in declared) if (declared[name] !== "undefined") found.push("let " + name);
      const makers = [() => Function("return 1")(), () => new Function("return 1")(),
        () => (() => {}).constructor("return 1")(), () => (async () => {}).constructor("return 1")(),
        () => (function* () {}).constructor("return 1")(),
        () => (async function* () {}).constructor("return 1")(),
        () => Reflect.construct((() => {}).constructor, ["return 1"])(),
        () => setTimeout.constructor("return 1")(), () => class {}.constructor("return 1")()];
      makers.forEach((make, i) => { try { make(); found.push("maker " + i); } catch {} });
      return found;
    }`));
    assert.deepEqual(await (await call(bench, probe)).json(), []);
  }));

Deno.test("an app that breaks the language's own objects harms only itself", () =>
  withRunner(async (bench) => {
    const evil = app(modern(`() => {
      Array.prototype.push = Map.prototype.get = Promise.prototype.then = () => { throw 1 };
      Object.prototype.status = 999;
      return "done";
    }`));
    const good = app(modern('() => "good"'));
    const answers = await Promise.all([call(bench, evil), call(bench, good)]);
    await Promise.all(answers.map((a) => a.text()));
    assert.equal(await (await call(bench, good)).text(), "good");
  }));

Deno.test("a new generation takes over while the old one finishes its requests", () =>
  withRunner(async (bench) => {
    const slow = app(modern('() => new Promise((r) => setTimeout(() => r("old"), 300))'));
    assert.equal(await (await call(bench, slow)).text(), "old");
    const old = call(bench, slow);
    const next: RunnableApp = { ...slow, generation: "2", module: () => modern('() => "new"') };
    assert.equal(await (await call(bench, next)).text(), "new");
    assert.equal(await (await old).text(), "old");
  }));

Deno.test("an app that cannot start is paused and says when to come back", () =>
  withRunner(async (bench) => {
    const target = app('(async function () { throw new Error("never"); })');
    for (let i = 0; i < 3; i++) {
      assert.equal(await code(await call(bench, target)), "500 APP_ERROR");
    }
    const paused = await call(bench, target);
    assert.equal(await code(paused), "503 APP_BACKOFF");
    assert.equal(paused.headers.get("retry-after"), "1");
    assert.equal(bench.runner.state(target.id).state, "backoff");
  }));

Deno.test("a visitor who leaves a stream ends it inside the app", () =>
  withRunner(async (bench) => {
    const target = app(modern(`() => new Response(new ReadableStream({
      pull(c) { c.enqueue(new Uint8Array(1000)); },
      cancel() { console.log("left"); },
    }))`));
    const response = await call(bench, target);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await until(() => bench.logs.some((line) => line.message === "left"));
    assert.equal(bench.runner.state(target.id).inFlight, 0);
  }));

Deno.test("under memory pressure spares go, then the busy isolate", () =>
  withRunner(async (bench) => {
    const target = app(modern("() => new Promise(() => {})"), { timeMs: 20_000 });
    const open = call(bench, target);
    await until(() =>
      bench.runner.totals().spares === 1 && bench.runner.state(target.id).inFlight === 1
    );
    bench.runner.dropSpares();
    assert.equal(bench.runner.totals().spares, 0);
    assert.equal(bench.runner.shed(), true);
    assert.equal(await code(await open), "503 APP_MEMORY");
    // It may have been in a turn, which has to end first.
    await until(() => !bench.runner.shed());
  }));

Deno.test("the watchdog ends the newest isolate without the kernel", () =>
  withRunner(async (bench) => {
    const target = app(modern("() => new Promise(() => {})"), { timeMs: 20_000 });
    const open = call(bench, target);
    await until(() => bench.runner.state(target.id).inFlight === 1);
    bench.runner.dropSpares();
    for (const port of bench.watch) port.postMessage("shed");
    assert.equal(await code(await open), "503 APP_MEMORY");
  }));

Deno.test("apps that take much memory live one at a time where there is little", () =>
  withRunner(async (bench) => {
    const much = modern(
      "() => { const k = []; for (let i = 0; i < 6e6; i++) k.push(i + 0.5); return k.length; }",
    );
    const [one, other] = [app(much, { timeMs: 20_000 }), app(much, { timeMs: 20_000 })];
    const living = () => [one, other].map(({ id }) => bench.runner.state(id).isolates);
    assert.equal(await (await call(bench, one)).text(), "6000000");
    assert.deepEqual(living(), [1, 0]);
    // What a turn took is known when it is over.
    assert.equal((await call(bench, other)).status, 200);
    await until(() => living().join() === "1,0");
    assert.equal((await call(bench, other)).status, 200);
    await until(() => living().join() === "0,1");
  }, { memoryMb: () => 800 }));

Deno.test({
  name: "threads of apps let the kernel's own go first",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withRunner(async (bench) => {
      assert.equal((await call(bench, app(modern("() => 1")))).status, 200);
      const niceness = [...Deno.readDirSync("/proc/self/task")].map(({ name }) => {
        const stat = Deno.readTextFileSync(`/proc/self/task/${name}/stat`);
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
      });
      // The realm, the isolate and a spare.
      assert.equal(niceness.filter((nice) => nice === niceness[0]! + 3).length >= 2, true);
    }),
});
