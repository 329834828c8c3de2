import assert from "node:assert/strict";
import { prebuiltStdlib, STDLIB_NAMES } from "../stdlib/mod.ts";
import { app, load } from "./testing.ts";
import { createBundler } from "./mod.ts";

const bundler = createBundler();

/** What `body`, an async handler's, gives after `imports`, where apps have no more. */
async function run(imports: string, body: string): Promise<unknown> {
  const source = `${imports}\nexport default async () => { ${body} };`;
  const files = { "api/main.mts": source };
  const { code } = await bundler.bundle(app(files, { entry: "api/main.mts" }));
  const url = new URL("./testing_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", deno: { permissions: "none" } });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => "error" in data ? reject(data.error) : resolve(data.value);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(code);
    });
  } finally {
    worker.terminate();
  }
}

/** Name, imports, body, and what it gives. Each library is used as its documentation shows. */
const USES: readonly [name: string, imports: string, body: string, result: unknown][] = [
  [
    "lodash",
    `import _, { chunk } from "lodash"; import get from "lodash/get"; import fp from "lodash/fp.js";`,
    `return [_.kebabCase("fooBar"), _([1, 2]).map((n) => n * 2).value(), chunk([1, 2, 3], 2),
      get({ a: [{ b: 1 }] }, "a[0].b"), fp.flow(fp.map((n) => n + 1), fp.sum)([1, 2])]`,
    ["foo-bar", [2, 4], [[1, 2], [3]], 1, 5],
  ],
  [
    "cheerio",
    `import * as cheerio from "cheerio"; import { load } from "cheerio/slim";`,
    `const $ = cheerio.load("<ul><li class=a>x<li>y</ul>"); $("li.a").text("z").attr("id", "q");
      return [$("ul").html(), load("<a>t</a>")("a").text()]`,
    [`<li class="a" id="q">z</li><li>y</li>`, "t"],
  ],
  [
    "uuid",
    `import { v4, v5, v7, validate, NIL } from "uuid";`,
    `return [validate(v4()), validate(v7()), v5("x", v5.URL), NIL.length]`,
    [true, true, "4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4", 36],
  ],
  [
    "zod",
    `import { z } from "zod"; import * as mini from "zod/mini"; import all from "zod";`,
    `const S = z.object({ n: z.coerce.number().int(), e: z.email().optional() });
      return [S.parse({ n: "4" }), S.safeParse({ n: 1.5 }).success, z.locales.de !== undefined,
        mini.parse(mini.string(), "s"), z.toJSONSchema(z.string()).type, all.z === z,
        S.safeParse({}).error instanceof z.ZodError]`,
    [{ n: 4 }, false, true, "s", "string", true, true],
  ],
  [
    "marked",
    `import { marked, Marked } from "marked";`,
    `return [marked.parse("# a *b*"), await new Marked().parse("x", { async: true })]`,
    ["<h1>a <em>b</em></h1>\n", "<p>x</p>\n"],
  ],
  [
    "dayjs",
    `import dayjs from "dayjs"; import utc from "dayjs/plugin/utc"; import "dayjs/locale/de";
      import tz from "dayjs/plugin/timezone.js";`,
    `dayjs.extend(utc); dayjs.extend(tz); const d = dayjs.utc("2024-02-28").add(2, "day");
      return [d.format("YYYY-MM-DD"), d.locale("de").format("MMMM"),
        d.tz("Asia/Tokyo").format("HH:mm")]`,
    ["2024-03-01", "März", "09:00"],
  ],
  [
    "validator",
    `import validator from "validator"; import isURL from "validator/lib/isURL.js";`,
    `return [validator.isEmail("a@b.co"), validator.escape("<"), isURL("x")]`,
    [true, "&lt;", false],
  ],
  [
    "hono",
    `import { Hono } from "hono"; import { cors } from "hono/cors"; import { html } from "hono/html";
      import { HTTPException } from "hono/http-exception"; import { getCookie } from "hono/cookie";`,
    `const app = new Hono().basePath("/api"); app.use("*", cors());
      app.get("/u/:id", (c) => c.json({ id: c.req.param("id"), k: getCookie(c, "k") }));
      app.get("/no", () => { throw new HTTPException(418, { message: "tea" }) });
      app.get("/h", (c) => c.html(html\`<b>\${"<"}</b>\`));
      const ask = (p) => app.request("http://x/api" + p, { headers: { cookie: "k=v" } });
      return [await (await ask("/u/7")).json(), (await ask("/no")).status, await (await ask("/h")).text()]`,
    [{ id: "7", k: "v" }, 418, "<b>&lt;</b>"],
  ],
  [
    "node:buffer",
    `import { Buffer } from "node:buffer"; import buffer from "buffer";`,
    `return [Buffer.from("hé").toString("base64"), Buffer.concat([Buffer.from([1]), Buffer.alloc(1)]).length,
      buffer.Buffer === Buffer, Buffer.from("ff00", "hex").readUInt16BE(0)]`,
    ["aMOp", 2, true, 65280],
  ],
  [
    "node:crypto",
    `import crypto, { createHmac } from "node:crypto"; import { Buffer } from "buffer";`,
    `const d = crypto.createHash("sha256").update("a").update(Buffer.from("bc")).digest();
      return [d.toString("hex").slice(0, 8), d instanceof Buffer,
        createHmac("sha1", "k").update("d").digest("base64"), crypto.randomBytes(3).length]`,
    ["ba7816bf", true, "K5DkHnwMyOL3XAKRDDiZzEaLoxY=", 3],
  ],
  [
    "node:events",
    `import EventEmitter, { once } from "node:events";`,
    `class E extends EventEmitter {} const e = new E(); const p = once(e, "x"); e.emit("x", 1);
      return [await p, e.listenerCount("x")]`,
    [[1], 0],
  ],
  [
    "node:path",
    `import path, { join } from "node:path"; import posix from "path/posix";`,
    `return [join("a", "..", "b.txt"), path.extname("x.y"), posix.resolve("q"), path.parse("/a/b.c").name]`,
    ["b.txt", ".y", "/q", "b"],
  ],
  [
    "node:url",
    `import url, { URL, fileURLToPath, parse } from "node:url";`,
    `return [new URL("http://x/y").pathname, fileURLToPath("file:///a%20b"), parse("http://h/p?q=1").query,
      url.resolve("http://h/a/b", "../c"), url.format(new URL("http://h/?a"))]`,
    ["/y", "/a b", "q=1", "http://h/c", "http://h/?a"],
  ],
  [
    "node:querystring",
    `import qs from "node:querystring"; import { parse } from "querystring";`,
    `return [{ ...parse("a=1&a=2&b=%20+x") }, qs.stringify({ a: [1, 2], b: "ü&" })]`,
    [{ a: ["1", "2"], b: "  x" }, "a=1&a=2&b=%C3%BC%26"],
  ],
  [
    "node:util",
    `import util, { promisify, inspect, format } from "node:util"; import { isDate } from "util/types";`,
    `const p = promisify((n, done) => done(null, n + 1));
      return [await p(1), inspect({ a: [1] }), format("%s=%d", "a", 2), isDate(new Date()),
        util.isDeepStrictEqual({ a: 1 }, { a: 1 }), new util.TextEncoder().encode("é").length]`,
    [2, "{ a: [ 1 ] }", "a=2", true, true, 2],
  ],
  [
    "node:assert",
    `import assert from "node:assert"; import strict from "assert/strict";`,
    `assert(true); strict.deepEqual({ a: 1 }, { a: 1 });
      try { assert.strictEqual(1, 2); } catch (e) { return [e.name, e.code] }`,
    ["AssertionError", "ERR_ASSERTION"],
  ],
  [
    "node:stream",
    `import { Readable, Transform } from "node:stream"; import { pipeline } from "stream/promises";`,
    `const seen = []; const up = new Transform({ transform(c, e, done) { done(null, String(c).toUpperCase()); } });
      up.on("data", (c) => seen.push(String(c)));
      await pipeline(Readable.from(["a", "b"]), up); return seen.join("")`,
    "AB",
  ],
  [
    "node:string_decoder",
    `import { StringDecoder } from "node:string_decoder";`,
    `const d = new StringDecoder("utf8"); return d.write(new Uint8Array([0xc3])) + d.write(new Uint8Array([0xa9])) + d.end()`,
    "é",
  ],
  [
    "node:net",
    `import net, { Socket, isIP } from "node:net";`,
    `return [isIP("1.2.3.4"), isIP("::1"), isIP("a.b"), isIP("1.2.3.256"), net.isIPv6("fe80::1%1"),
      new Socket().pending, typeof process, Buffer.from("a").length, global === globalThis]`,
    [4, 6, 0, 0, true, true, "object", 1, true],
  ],
  [
    "node:tls",
    `import { connect, TLSSocket } from "tls"; import net from "net";`,
    `const s = connect({ host: "a.b", port: 1, rejectUnauthorized: false });
      const { message } = await new Promise((resolve) => s.on("error", resolve));
      return [s instanceof TLSSocket, s instanceof net.Socket, /is not available/.test(message)]`,
    [true, true, true],
  ],
  [
    "cloudflare:sockets",
    `import { connect } from "cloudflare:sockets";`,
    `try { connect("nowhere") } catch (error) { return [typeof process, error.message] }`,
    ["undefined", 'Cannot connect to "nowhere": it has no port'],
  ],
];

for (const [name, imports, body, result] of USES) {
  Deno.test({
    name: `library: ${name} works without code generation`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => assert.deepEqual(await run(imports, body), result),
  });
}

Deno.test("library: every name it lists has a test here", () => {
  const tested = ["fazt", ...USES.map(([name]) => name)];
  assert.deepEqual(STDLIB_NAMES.filter((name) => !tested.includes(name)), []);
});

Deno.test({
  name: "library: CommonJS callers get what they expect of require()",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { main } = await load(
      await bundler.bundle(app({
        "api/main.js": `const EventEmitter = require("events"), assert = require("assert");
          const { z } = require("zod"), dayjs = require("dayjs"), _ = require("lodash");
          const { createHmac } = require("crypto"), Stream = require("stream");
          const validator = require("validator"), { Hono } = require("hono");
          module.exports = () => [typeof new EventEmitter().on, typeof assert, z.string().parse("a"),
            dayjs(0).year() >= 1969, _(1).value(), typeof createHmac, typeof Stream.Readable,
            validator.isInt("1"), typeof new Hono().get];`,
      })),
    );
    const handler = main as unknown as () => unknown;
    assert.deepEqual(handler(), [
      "function",
      "function",
      "a",
      true,
      1,
      "function",
      "function",
      true,
      "function",
    ]);
  },
});

Deno.test({
  name: "library: packed ahead it needs no package and gives the same module",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const modules: Record<string, string> = JSON.parse(JSON.stringify(await bundler.packStdlib()));
    for (
      const name of ["dayjs/plugin/utc", "dayjs/locale/de", "lodash/get", "validator/lib/isURL"]
    ) {
      assert.ok(Object.hasOwn(modules, name), name);
    }
    const prebuilt = createBundler({ stdlib: prebuiltStdlib(() => Promise.resolve(modules)) });
    const input = app({
      "api/main.ts": `import { z } from "zod"; import get from "lodash/get"; import "node:stream";
        import utc from "dayjs/plugin/utc"; export default () => [z, get, utc];`,
    });
    assert.equal((await prebuilt.bundle(input)).code, (await bundler.bundle(input)).code);
    prebuilt.close();
    for (const [name, code] of Object.entries(modules)) {
      assert.doesNotMatch(code, /\bimport\s*\(|^import\b|\bimport\.meta\b/m, name);
    }
  },
});
