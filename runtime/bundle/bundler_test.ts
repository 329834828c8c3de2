import assert from "node:assert/strict";
import { app, failure, load, type Loaded } from "./testing.ts";
import { createBundler } from "./mod.ts";

const bundler = createBundler();
const build = async (...input: Parameters<typeof app>): Promise<Loaded> =>
  await load(await bundler.bundle(app(...input)));

// The bundler outlives each test on purpose: that is how a node uses it.
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `bundler: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

test("a TypeScript tool of three modules with zod answers", async () => {
  const { main, style } = await build({
    "api/main.ts": `import { z } from "zod";
      import { greet } from "./lib/greet.js";
      import type { Person } from "./lib/types.ts";
      const Person = z.object({ name: z.string().min(1) });
      enum Tone { Loud = "!" }
      export default async (request: Request): Promise<Response> => {
        const person: Person = Person.parse(await request.json());
        return Response.json({ text: greet(person) + Tone.Loud });
      };`,
    "api/lib/greet.ts": `import type { Person } from "./types";
      export const greet = (p: Person): string => "hello " + p.name;`,
    "api/lib/types.ts": `export interface Person { name: string }`,
  });
  assert.equal(style, "esm");
  const request = new Request("http://x/", { method: "POST", body: `{"name":"Ada"}` });
  const response = await main.default(request) as Response;
  assert.deepEqual(await response.json(), { text: "hello Ada!" });
});

test("a CommonJS entry is its module.exports", async () => {
  const loaded = await build({
    "api/main.js": `const { double } = require("./lib"); const _ = require("lodash");
      module.exports = async (n) => ({ body: _.map([1, n], double) });`,
    "api/lib/index.js": `exports.double = (n) => n * 2;`,
  });
  assert.equal(loaded.style, "cjs");
  const handler = loaded.main as unknown as (n: number) => Promise<unknown>;
  assert.deepEqual(await handler(4), { body: [2, 8] });
});

test("JSX, JSON, text and bytes are modules", async () => {
  const { main } = await build({
    "api/main.tsx": `import data from "./data.json"; import page from "./page.html";
      import raw from "./raw.bin"; import q from "./q.sql";
      import same from "./data.json" with { type: "json" };
      export default () => [String(<b class="x">{data.n + same.n}</b>), page, [...raw], q];`,
    "api/data.json": `{"n": 2}`,
    "api/page.html": "<p>é</p>",
    "api/q.sql": "select 1",
    "api/raw.bin": new Uint8Array([0, 255, 7]),
  });
  assert.deepEqual(main.default(), ['<b class="x">4</b>', "<p>é</p>", [0, 255, 7], "select 1"]);
});

test("a file's own JSX factory is used", async () => {
  const { main } = await build({
    "api/main.jsx": `/** @jsx h */
      const h = (tag, props, ...children) => ({ tag, props, children });
      export default () => <a href="/">x</a>;`,
  });
  assert.deepEqual(main.default(), { tag: "a", props: { href: "/" }, children: ["x"] });
});

test("further handlers share the module, each with its style", async () => {
  const { main, handlers, styles } = await build({
    "api/main.ts": `import { state } from "./state"; export default () => ++state.n;`,
    "api/state.ts": `export const state = { n: 0 };`,
    "api/cron.ts": `import { state } from "./state"; export default { scheduled: () => state.n };`,
    "api/on order.js": `module.exports = () => "old";`,
  }, { handlers: ["api/cron.ts", "api/on order.js"] });
  main.default();
  const cron = handlers["api/cron.ts"]!.default as unknown as { scheduled(): number };
  assert.equal(cron.scheduled(), 1);
  assert.equal((handlers["api/on order.js"] as unknown as () => string)(), "old");
  assert.deepEqual({ ...styles }, { "api/cron.ts": "esm", "api/on order.js": "cjs" });
});

test("fazt is one object however it is imported", async () => {
  const global = globalThis as { fazt?: unknown };
  global.fazt = { storage: { kv: "kv" } };
  try {
    const { main } = await build({
      "api/main.ts": `import fazt, { storage } from "fazt"; import * as all from "fazt";
        import { old } from "./old.cjs";
        export default () => [fazt.storage.kv, storage.kv, all.storage.kv, old];`,
      "api/old.cjs": `exports.old = require("fazt").storage.kv;`,
    });
    assert.deepEqual(main.default(), ["kv", "kv", "kv", "kv"]);
  } finally {
    delete global.fazt;
  }
});

test("top-level await, literal import() and import.meta.url work", async () => {
  const { main } = await build({
    "api/main.ts": `const ready = await Promise.resolve("ready");
      export default async () => [ready, (await import("./late")).late, import.meta.url];`,
    "api/late.ts": `export const late = "late";`,
  });
  assert.deepEqual(await main.default(), ["ready", "late", "file:///api/"]);
});

test("nothing of import is left, and the map names the app's files by path", async () => {
  const { code, map } = await bundler.bundle(app({
    "api/main.ts":
      `import { z } from "zod"; import { a } from "./a.ts"; export default () => z && a;`,
    "api/a.ts": `export const a = 1;\nexport const unused = 2;`,
  }));
  assert.doesNotMatch(code, /\bimport\s*[({"'*]/);
  const { sources, sourcesContent, mappings } = JSON.parse(map);
  assert.ok(sources.includes("api/main.ts") && sources.includes("api/a.ts"));
  assert.match(sourcesContent[sources.indexOf("api/a.ts")], /unused = 2/);
  // The library stands before the app's code and has no mapping of its own.
  const lead = /^;*/.exec(mappings)![0].length;
  assert.match(code.split("\n").slice(lead).join("\n"), /api\/a\.ts/);
  assert.doesNotMatch(code.split("\n").slice(lead).join("\n"), /ZodError/);
});

test("an app may use the names the module uses itself", async () => {
  const { main } = await build({
    "api/main.ts": `import { v4 } from "uuid"; const __fazt_library = "mine", modules = 1;
      const main = 2, handlers = 3;
      export default () => [typeof v4(), __fazt_library, modules, main, handlers];`,
  });
  assert.deepEqual(main.default(), ["string", "mine", 1, 2, 3]);
});

test("five builds at once do not mix", async () => {
  const all = await Promise.all([0, 1, 2, 3, 4].map((n) =>
    build({
      "api/main.ts": `import { n } from "./n"; export default () => n;`,
      "api/n.ts": `export const n = ${n};`,
    })
  ));
  assert.deepEqual(all.map(({ main }) => main.default()), [0, 1, 2, 3, 4]);
});

test("the worker ends when nothing is built and starts again when something is", async () => {
  const short = createBundler({ idleMs: 1 });
  const files = { "api/main.ts": "export default () => 1" };
  await short.bundle(app(files));
  while (short.awake) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal((await load(await short.bundle(app(files)))).main.default(), 1);
  short.close();
  assert.equal(short.awake, false);
  assert.equal((await failure(short.bundle(app(files)))).code, "BUSY");
});

test("a node short of memory gets that of the builder back, but no build is cut for it", async () => {
  const kept = createBundler();
  const files = { "api/main.ts": "export default () => 1" };
  const building = kept.bundle(app(files));
  kept.rest();
  assert.equal((await load(await building)).main.default(), 1);
  assert.equal(kept.awake, true);
  kept.rest();
  assert.equal(kept.awake, false);
  assert.equal((await load(await kept.bundle(app(files)))).main.default(), 1);
  kept.close();
});

test("a build past its time ends alone: the next one gets a fresh worker", async () => {
  const hanging = createBundler({
    stdlib: () => new Promise(() => {}),
    timeMs: 1500,
  });
  const stuck = hanging.bundle(app({ "api/main.ts": `import "zod"; export default 1` }));
  const next = hanging.bundle(app({ "api/main.ts": `export default () => "fine"` }));
  const error = await failure(stuck);
  assert.equal(error.code, "BUNDLE_FAILED");
  assert.match(error.message, /longer than 1.5 seconds/);
  assert.equal((await load(await next)).main.default(), "fine");
  hanging.close();
});

test("a worker that cannot start is a fault of the node, not of the app", async () => {
  const broken = createBundler({ wasmBytes: () => Promise.resolve(new Uint8Array([1, 2, 3])) });
  const error = await failure(broken.bundle(app({ "api/main.ts": "export default 1" })));
  assert.equal(error.code, "INTERNAL");
  broken.close();
});
