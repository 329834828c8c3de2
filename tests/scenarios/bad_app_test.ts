// Apps that must be refused for their manifest or their server code, against a running node.
import assert from "node:assert/strict";
import { deploy, type Expected, type Files, halves, Standing, startNode } from "../helpers/mod.ts";

const LABEL = "target";
const json = (value: unknown) => JSON.stringify(value);
const manifest = (message: RegExp): Expected => ({
  status: 422,
  code: "MANIFEST_INVALID",
  message,
  hint: /fazt app validate/,
});
const bundle = (message: RegExp, place: object): Expected => ({
  status: 422,
  code: "BUNDLE_FAILED",
  message,
  hint: /the revision before keeps serving/,
  detail: place,
});

/** What `app.json` may not say. */
const MANIFESTS: readonly [name: string, text: string | Uint8Array, expected: Expected][] = [
  [
    "a name that is a number",
    json({ name: 5 }),
    manifest(/name: expected string, received number/),
  ],
  ["no name", "{}", manifest(/name: is missing/)],
  [
    "an unknown key",
    json({ name: LABEL, permisions: [] }),
    manifest(/permisions: unknown key "permisions", did you mean "permissions"\?/),
  ],
  [
    "an unknown key far inside",
    json({ name: LABEL, limits: { runtime: { heapMB: 64 } } }),
    manifest(/limits\.runtime\.heapMB: .*did you mean "heapMb"\?/),
  ],
  [
    "a cron schedule that is none",
    json({ name: LABEL, cron: [{ schedule: "61 * * * *", handler: "api/tick.ts" }] }),
    manifest(/cron\.0\.schedule: is not a cron schedule: .*61/),
  ],
  [
    "a cron handler that is not there",
    json({ name: LABEL, cron: [{ schedule: "* * * * *", handler: "api/man.js" }] }),
    manifest(/cron\.0\.handler: there is no file api\/man\.js, did you mean api\/main\.js\?/),
  ],
  [
    "a permission there is not",
    json({ name: LABEL, permissions: ["storage:kvv"] }),
    manifest(/permissions\.0: /),
  ],
  [
    "a permission for the node's own files",
    json({ name: LABEL, permissions: ["fs:read:/"] }),
    manifest(/permissions\.0: /),
  ],
  [
    "text that is not JSON",
    '{\n  "name": "target",\n}',
    manifest(/is not JSON: .*\(line 3, column 1\)/),
  ],
  ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0]), manifest(/is not UTF-8 text/)],
  ["a list", "[]", manifest(/expected object/)],
  ["null", "null", manifest(/expected object, received null/)],
  ["nothing", "", manifest(/is not JSON: the text ends too early/)],
  ["300 KB", json({ name: LABEL, description: "x".repeat(3e5) }), manifest(/larger than 256 KB/)],
  [
    "a newer node than this one",
    json({ name: LABEL, fazt: { minVersion: "99.0.0" } }),
    manifest(/fazt\.minVersion: needs Fazt 99\.0\.0/),
  ],
  [
    "a reserved name",
    json({ name: "admin" }),
    { status: 422, code: "NAME_RESERVED", message: /"admin"/ },
  ],
];

/** Server code that cannot be built. */
const CODE: readonly [name: string, files: Files, expected: Expected][] = [
  [
    "api/ without main",
    { "api/hello.ts": "export default () => 1" },
    {
      status: 422,
      code: "NO_ENTRY",
      message: /api\/hello\.ts but no api\/main\.ts/,
      hint: /api\/main\.ts or api\/main\.js/,
    },
  ],
  [
    "an unknown module",
    { "api/main.ts": 'export default () => 1;\nimport _ from "lodahs";\n_();' },
    bundle(/no module "lodahs"; did you mean "lodash"\?.*\(api\/main\.ts:2:15\)/s, {
      file: "api/main.ts",
      line: 2,
      column: 15,
    }),
  ],
  [
    "a file that is not there",
    {
      "api/main.ts": 'import { a } from "./lib/helpr.ts";\nexport default a;',
      "api/lib/helper.ts": "export const a = 1",
    },
    bundle(/no file "\.\/lib\/helpr\.ts"; did you mean api\/lib\/helper\.ts\?.*main\.ts:1:19/s, {
      file: "api/main.ts",
      line: 1,
      column: 19,
    }),
  ],
  [
    "a syntax error",
    { "api/main.ts": "export default () => {\n  const a = ;\n}" },
    bundle(/Unexpected ";" \(api\/main\.ts:2:13\)/, { file: "api/main.ts", line: 2, column: 13 }),
  ],
  [
    "a syntax error in an imported file",
    { "api/main.ts": 'import "./b.ts"; export default 1', "api/b.ts": "\n\nlet 1x" },
    bundle(/\(api\/b\.ts:3:\d+\)/, { file: "api/b.ts", line: 3 }),
  ],
];

Deno.test("no wrong manifest and no broken code changes what is served or leaves halves", async (t) => {
  await using node = await startNode();
  const site = await Standing.on(node, LABEL);
  for (const [name, text, expected] of MANIFESTS) {
    const files = {
      "app.json": text,
      "index.html": "bad",
      "api/main.js": "export default () => 1",
    };
    await t.step(
      `app.json: ${name}`,
      () => site.survives(() => deploy(node, LABEL, files), expected),
    );
  }
  await t.step("app.json: a permission for the folder of the database", () => {
    const folder = node.db.replace(/\/[^/]*$/, "");
    const text = json({ name: LABEL, permissions: [`fs:read:${folder}`] });
    return site.survives(
      () => deploy(node, LABEL, { "app.json": text, "index.html": "bad" }),
      { status: 422, code: "MANIFEST_INVALID", message: /the node keeps its database there/ },
    );
  });
  const app = await Standing.on(node, "server", { server: true });
  for (const [name, files, expected] of CODE) {
    await t.step(
      `code: ${name}`,
      () => app.survives(() => deploy(node, "server", files), expected),
    );
  }
  await t.step("nothing of all that stays", () => assert.deepEqual(halves(node.db), []));
});
