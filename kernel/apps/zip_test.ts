import assert from "node:assert/strict";
import fc from "fast-check";
import { zipSync } from "fflate";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { readZip, type ZipLimits } from "./zip.ts";
import { type Forged, forgeZip, streamOf } from "./zip_forge.ts";
import { memorySource, spool } from "./zip_source.ts";

const LIMITS: ZipLimits = {
  entries: 1000,
  inflatedBytes: 20 * MIB,
  ratio: 200,
  fileBytes: 10 * MIB,
};

async function contents(zip: Uint8Array, limits: Partial<ZipLimits> = {}) {
  const files = await readZip(memorySource(zip), { ...LIMITS, ...limits });
  const result: Record<string, string> = {};
  for (const file of files) result[file.path] = await new Response(file.open()).text();
  return result;
}

const refused = (entries: readonly Forged[], expected: { code: string }, limits = {}) =>
  assert.rejects(() => contents(forgeZip(entries), limits), (error) => {
    assert.ok(error instanceof FaztError, String(error));
    assert.equal(error.code, expected.code, error.message);
    assert.ok(error.hint);
    return true;
  });

Deno.test("files of an ordinary zip come out as they went in", async () => {
  const zip = zipSync({
    "index.html": new TextEncoder().encode("hi"),
    ".well-known/x y": new TextEncoder().encode("dot"),
    "ü/文.txt": [new TextEncoder().encode("stored"), { level: 0 }],
  });
  assert.deepEqual(await contents(zip), {
    "index.html": "hi",
    ".well-known/x y": "dot",
    "ü/文.txt": "stored",
  });
});

Deno.test("one folder around everything is taken off, one with a meaning is not", async () => {
  const text = (name: string): Forged => ({ name, content: "x" });
  assert.deepEqual(
    Object.keys(await contents(forgeZip([{ name: "site/" }, text("site/a"), text("site/b/c")]))),
    ["a", "b/c"],
  );
  assert.deepEqual(Object.keys(await contents(forgeZip([text("api/main.js")]))), ["api/main.js"]);
  assert.deepEqual(Object.keys(await contents(forgeZip([text("a/x"), text("ab/x")]))), [
    "a/x",
    "ab/x",
  ]);
});

Deno.test("what systems and tools leave behind is not deployed", async () => {
  const names = [
    "__MACOSX/._index.html",
    ".DS_Store",
    "a/.DS_Store",
    ".git/config",
    "node_modules/x/y.js",
    ".env",
    ".env.local",
    "index.html",
    ".well-known/a",
  ];
  assert.deepEqual(Object.keys(await contents(forgeZip(names.map((name) => ({ name }))))), [
    "index.html",
    ".well-known/a",
  ]);
});

Deno.test("names that leave the app's folder are refused", async () => {
  for (
    const name of [
      "../x",
      "a/../../x",
      "/etc/passwd",
      "a//b",
      "./a",
      "a\\b",
      "..\\x",
      "a\u0000.html",
      "a\nb",
      "x".repeat(1025),
    ]
  ) await refused([{ name, content: "x" }], { code: "PATH_INVALID" });
});

Deno.test("links, devices and encrypted entries are refused", async () => {
  await refused([{ name: "a", content: "/etc/passwd", mode: 0o120777 }], { code: "ZIP_INVALID" });
  await refused([{ name: "a", mode: 0o060644 }], { code: "ZIP_INVALID" });
  await refused([{ name: "a", mode: 0o010644 }], { code: "ZIP_INVALID" });
  await refused([{ name: "a", content: "x", flags: 1 }], { code: "ZIP_INVALID" });
});

Deno.test("two names for one path are refused, also in another case or Unicode form", async () => {
  await refused([{ name: "a" }, { name: "a" }], { code: "ZIP_INVALID" });
  await refused([{ name: "a.html" }, { name: "A.HTML" }], { code: "ZIP_INVALID" });
  await refused([{ name: "\u00e9" }, { name: "e\u0301" }], { code: "ZIP_INVALID" });
});

Deno.test("a name in a Mac's Unicode form is deployed in the web's", async () => {
  assert.deepEqual(Object.keys(await contents(forgeZip([{ name: "e\u0301.html" }]))), [
    "\u00e9.html",
  ]);
});

Deno.test("a bomb is stopped by what it produces, not by what it declares", async () => {
  const zeros = new Uint8Array(8 * MIB);
  await refused([{ name: "a", content: zeros }], { code: "ZIP_BOMB" });
  await refused([{ name: "a", content: zeros, declaredSize: 10 }], { code: "ZIP_INVALID" });
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  const many = Array.from({ length: 400 }, (_, i) => ({ name: `f${i}`, content: noise }));
  await refused(many, { code: "ZIP_BOMB" });
  const shared = many.map((f, i) => i === 0 ? f : { ...f, dataOf: 0 });
  await refused(shared, { code: "ZIP_BOMB" });
});

Deno.test("a small file may be as regular as it likes", async () => {
  const { a } = await contents(forgeZip([{ name: "a", content: new Uint8Array(MIB) }]));
  assert.equal(a!.length, MIB);
});

Deno.test("a file larger than the limit is refused, one at the limit is not", async () => {
  const content = crypto.getRandomValues(new Uint8Array(3000));
  await contents(forgeZip([{ name: "a", content }]), { fileBytes: 3000 });
  await refused([{ name: "a", content }], { code: "TOO_LARGE" }, { fileBytes: 2999 });
});

Deno.test("entries that share their data are refused", async () => {
  const entries = [{ name: "a", content: "hello" }, { name: "b", content: "hello", dataOf: 0 }];
  await refused(entries, { code: "ZIP_INVALID" });
});

Deno.test("content that does not fit its checksum is refused", async () => {
  await refused([{ name: "a", content: "hello", crc: 1 }], { code: "ZIP_INVALID" });
});

Deno.test("100,000 entries are refused from the directory, quickly", async () => {
  const entries = Array.from({ length: 100_000 }, (_, i) => ({ name: `f${i}`, stored: true }));
  const zip = forgeZip(entries);
  const started = performance.now();
  await assert.rejects(() => readZip(memorySource(zip), { ...LIMITS, entries: 20_000 }), {
    code: "TOO_MANY_FILES",
    status: 413,
  });
  assert.ok(performance.now() - started < 5000);
});

Deno.test("as many entries as the limit are accepted", async () => {
  const entries = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `f${i}` }));
  assert.equal(Object.keys(await contents(forgeZip(entries(10)), { entries: 10 })).length, 10);
  await refused(entries(11), { code: "TOO_MANY_FILES" }, { entries: 10 });
});

Deno.test("what is no zip, cut off or empty is refused", async () => {
  const zip = forgeZip([{ name: "index.html", content: "hello ".repeat(100) }]);
  for (
    const bytes of [
      new Uint8Array(),
      new TextEncoder().encode("<html>"),
      crypto.getRandomValues(new Uint8Array(5000)),
      zip.slice(0, zip.length - 10),
      zip.slice(20),
      forgeZip([]),
    ]
  ) {
    await assert.rejects(() => contents(bytes), { code: "ZIP_INVALID", status: 422 });
  }
});

Deno.test("however a zip is damaged, it is read or refused with a FaztError", async () => {
  const zip = forgeZip([
    { name: "index.html", content: "hello ".repeat(20) },
    { name: "api/main.js", content: "x", stored: true },
  ]);
  const damage = fc.array(fc.tuple(fc.nat(zip.length - 1), fc.nat(255)), { maxLength: 4 });
  await fc.assert(fc.asyncProperty(damage, async (changes) => {
    const broken = zip.slice();
    for (const [at, byte] of changes) broken[at] = byte;
    try {
      await contents(broken);
    } catch (error) {
      assert.ok(error instanceof FaztError, String(error));
    }
  }));
});

Deno.test("any set of names becomes valid paths or is refused", async () => {
  const piece = fc.constantFrom("a", "..", ".", "/", "\\", "é", "\u0000", "api", " ");
  const name = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.array(piece, { minLength: 1, maxLength: 6 }).map((p) => p.join("")),
  );
  await fc.assert(fc.asyncProperty(fc.array(name, { maxLength: 4 }), async (names) => {
    try {
      const files = await readZip(memorySource(forgeZip(names.map((n) => ({ name: n })))), LIMITS);
      for (const { path } of files) {
        assert.ok(!path.startsWith("/") && !path.includes("\\") && !path.includes("\0"));
        assert.ok(path.split("/").every((s) => s !== "" && s !== "." && s !== ".."));
      }
    } catch (error) {
      assert.ok(error instanceof FaztError, String(error));
    }
  }));
});

Deno.test("a large upload goes through a file that is gone afterwards", async () => {
  const dir = await Deno.makeTempDir();
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  const upload = new Uint8Array(9 * MIB);
  upload.set(bytes, 8 * MIB);
  const source = await spool(streamOf(upload), { maxBytes: 10 * MIB, setting: "x", dir });
  assert.equal(source.size, 9 * MIB);
  assert.deepEqual(await source.read(8 * MIB, 65536), bytes);
  assert.equal((await source.read(9 * MIB - 5, 100)).byteLength, 5);
  await source.close();
  await source.close();
  await assert.rejects(() => source.read(0, 1));
  // Not even a crash can leave it behind, nor does a refused upload.
  const endless = streamOf(new Uint8Array(20 * MIB));
  await assert.rejects(() => spool(endless, { maxBytes: 10 * MIB, setting: "x", dir }));
  await Deno.remove(dir);
});

Deno.test("an upload past the limit ends as soon as it is known", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(65536));
    },
  });
  await assert.rejects(() => spool(endless, { maxBytes: MIB, setting: "limits.x", dir: "." }), {
    code: "TOO_LARGE",
  });
  assert.ok(pulled < 40);
});
