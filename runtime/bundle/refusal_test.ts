import assert from "node:assert/strict";
import fc from "fast-check";
import { app, failure, load } from "./testing.ts";
import { createBundler } from "./mod.ts";

const bundler = createBundler();
const refused = (...input: Parameters<typeof app>) => failure(bundler.bundle(app(...input)));
const main = (code: string) => ({ "api/main.ts": code });

// The bundler outlives each test on purpose: that is how a node uses it.
function pass(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `bundler ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

function test(name: string, fn: () => Promise<void>): void {
  pass(`refuses ${name}`, fn);
}

test("a syntax error with file, line and column from 1", async () => {
  const error = await refused(main("export default () => {\n  const é = ;\n}"));
  assert.equal(error.code, "BUNDLE_FAILED");
  assert.equal(error.status, 422);
  assert.equal(
    error.message,
    'Cannot build api/main.ts: Unexpected ";" (api/main.ts:2:13)',
  );
  assert.deepEqual(error.details, [
    { message: 'Unexpected ";"', file: "api/main.ts", line: 2, column: 13 },
  ]);
});

test("every unknown module at once, with what exists and what was meant", async () => {
  const error = await refused({
    "api/main.ts":
      `import x from "lodahs";\nimport { y } from "./lib/helpr.ts";\nexport default x + y;`,
    "api/lib/helper.ts": "export const y = 1;",
  });
  const details = error.details as { message: string; line: number; column: number }[];
  assert.deepEqual(details.map(({ line, column }) => [line, column]), [[1, 15], [2, 19]]);
  assert.match(details[0]!.message, /no module "lodahs"; did you mean "lodash"\?.*cheerio.*zod/);
  assert.match(
    details[1]!.message,
    /no file ".\/lib\/helpr.ts"; did you mean api\/lib\/helper.ts\?/,
  );
  assert.match(error.message, /, and 1 more$/);
});

test("an error in an imported file where it is", async () => {
  const error = await refused({
    "api/main.ts": `import "./b.json"; export default 1`,
    "api/b.json": `{"a": 1,}x`,
  });
  assert.match(error.message, /\(api\/b\.json:1:\d+\)/);
});

test("an import() whose target is not written out", async () => {
  const error = await refused(
    main(`const n = "./" + Math.random();\nexport default () => import(n);`),
  );
  assert.match(error.message, /not a string literal.*\(api\/main\.ts:2:\d+\)/);
});

test("a require() whose target is not written out", async () => {
  const error = await refused({ "api/main.js": `module.exports = (n) => require("./" + n + n);` });
  assert.match(error.message, /must be written out.*\(api\/main\.js:1:\d+\)/);
  const pattern = await refused(main("export default (n) => import(`./${n}.ts`)"));
  assert.match(pattern.message, /must be written out.*\(api\/main\.ts:1:\d+\)/);
});

test("a direct eval", async () => {
  assert.equal((await refused(main(`export default (s) => eval(s)`))).code, "BUNDLE_FAILED");
});

test("an entry that answers nothing", async () => {
  const error = await refused(main(`export const handler = () => 1`));
  assert.match(error.message, /api\/main\.ts has no default export/);
});

test("an entry or handler that is not there", async () => {
  assert.match((await refused({ "api/x.ts": "" })).message, /no file api\/main\.ts/);
  const error = await refused(main("export default 1"), { handlers: ["api/cron.ts"] });
  assert.match(error.message, /no file api\/cron\.ts/);
});

test("a module above its cap, and not one at it", async () => {
  const files = main(`export default () => "${"x".repeat(2000)}"`);
  const { details } = await refused(files, { maxBytes: 1 });
  const { used } = details as { used: number };
  assert.ok(used > 2000 && used < 2500);
  await bundler.bundle(app(files, { maxBytes: used }));
  const error = await refused(files, { maxBytes: used - 1 });
  assert.equal(error.code, "TOO_LARGE");
  assert.deepEqual(error.details, { limit: "runtime.moduleMb", used, max: used - 1 });
});

pass("counts nothing for the size of the library", async () => {
  const code = `import { z } from "zod"; import _ from "lodash"; export default () => [z, _];`;
  assert.ok((await bundler.bundle(app(main(code), { maxBytes: 10_000 }))).code.length > 100_000);
});

test("sources above their cap, and only counts what is reached", async () => {
  const small = createBundler({ sourceBytes: 100_000 });
  const files = { ...main(`export default 1`), "api/big.txt": "x".repeat(100_001) };
  await small.bundle(app(files));
  const error = await failure(small.bundle(app({
    ...files,
    ...main(`import t from "./big.txt"; export default t`),
  })));
  assert.equal(error.code, "TOO_LARGE");
  await small.bundle(app(files));
  small.close();
});

const OUTSIDE = [
  "../../etc/passwd",
  "../../../../../../etc/passwd",
  "../private/secret.ts",
  "../index.html",
  "/etc/passwd",
  "/api/lib.ts",
  "//evil.example/x.js",
  "file:///etc/passwd",
  "http://evil.example/x.js",
  "https://evil.example/x.js",
  "data:text/javascript,export default 1",
  "blob:null/1",
  "npm:chalk",
  "jsr:@std/path",
  "ext:core/ops",
  "node:fs",
  "node:worker_threads",
  "node:process",
  "node:module",
  "node:vm",
  "fs",
  "child_process",
  "worker_threads",
  "Deno",
  "app:api/main.ts",
  "entry:entry",
  "fazt:zod",
  "zod/../../x",
  "zod:chunk-AAAAAAAA.js",
  "lodash/_baseGet",
  "lodash/nope",
  "lodash/constructor",
  "dayjs/plugin/../../x",
  "validator/lib/nope",
  "__proto__",
  "constructor",
  "#internal",
  "",
  "./lib.ts?x",
  "./%6cib.ts",
  "./lib.ts\0",
  ".\\lib.ts",
];

test("whatever is neither in api/ nor in the library", async () => {
  for (const specifier of OUTSIDE) {
    const written = JSON.stringify(specifier);
    for (
      const code of [
        `import x from ${written}; export default x`,
        `export * from ${written}; export default 1`,
        `export default () => import(${written})`,
        `export default () => require(${written})`,
      ]
    ) {
      const error = await refused({
        ...main(code),
        "api/lib.ts": "export default 1",
        "private/secret.ts": "export default 1",
        "index.html": "",
      });
      assert.equal(error.code, "BUNDLE_FAILED", code);
      assert.match(error.message, /there is no |is outside api\//, code);
    }
  }
});

test("a JSX runtime from elsewhere", async () => {
  const files = { "api/main.tsx": `/** @jsxImportSource npm:evil */ export default () => <a/>` };
  assert.match((await refused(files)).message, /no module "npm:evil\/jsx-runtime"/);
});

pass("ignores a tsconfig, a package.json and source maps the app brings", async () => {
  const { main: loaded } = await load(
    await bundler.bundle(app({
      "api/main.ts": `import { x } from "./x";
        export default () => x;
        //# sourceMappingURL=file:///etc/passwd`,
      "api/x.ts": `export const x = 1; /*! keep\n//# sourceMappingURL=data:application/json,{} */`,
      "api/tsconfig.json":
        `{"extends": "/etc/passwd", "compilerOptions": {"paths": {"*": ["/etc/*"]}}}`,
      "tsconfig.json": `{"compilerOptions": {"jsxFactory": "alert", "baseUrl": "/"}}`,
      "package.json": `{"browser": {"./api/x.ts": "/etc/passwd"}, "imports": {"#a": "/etc"}}`,
    })),
  );
  assert.equal(loaded.default(), 1);
});

pass("ends with a module or an error of its own for any text", async () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "import ",
      "export default ",
      "{",
      "}",
      "`${",
      "/*",
      "import(",
      "'./x'",
      "<a>",
      "\n",
    ),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, async (code) => {
      try {
        await bundler.bundle(app(main(code)));
      } catch (error) {
        assert.equal((error as { code: string }).code, "BUNDLE_FAILED", String(error));
      }
    }),
    { numRuns: 60 },
  );
});

pass("survives a source nested too deep to parse", async () => {
  const deep = `export default ${"(".repeat(200_000)}1${")".repeat(200_000)}`;
  const error = await refused(main(deep));
  assert.match(error.message, /nested too deeply/);
  assert.equal(error.code, "BUNDLE_FAILED");
  assert.equal(
    (await load(await bundler.bundle(app(main("export default () => 2"))))).main.default(),
    2,
  );
});

pass("survives sources that need more memory than there is", async () => {
  const wide = `export default [${"1,".repeat(8_000_000)}]`;
  const [first, next] = await Promise.all([
    refused(main(wide)),
    bundler.bundle(app(main("export default () => 3"))),
  ]);
  assert.equal(first.code, "BUNDLE_FAILED");
  assert.match(first.message, /too large or nested too deeply/);
  assert.equal((await load(next)).main.default(), 3);
});

pass("refuses what only apps with sockets have, in an app without", async () => {
  for (const code of [`import "fs"; export default 1`, `export default () => require("node:os")`]) {
    const error = await refused(main(code));
    assert.match(error.message, /there is no module .*\(api\/main\.ts:1:\d+\)/, code);
  }
  const built = await bundler.bundle(app(main(
    `import "node:net"; import fs from "fs"; export default () => fs.existsSync("/") + process.cwd()`,
  )));
  assert.equal((await load(built)).main.default(), "false/");
});

pass("leaves a require() that may fail to fail when it runs", async () => {
  const built = await bundler.bundle(app({
    "api/main.js": `let found = true;
try { require("not-installed"); } catch { found = false; }
exports.default = () => found;`,
  }));
  assert.equal((await load(built)).main.default(), false);
});
