// Hostile and broken zips against a running node.
import assert from "node:assert/strict";
import { zipSync } from "fflate";
import { type Forged, forgeZip } from "../../kernel/apps/zip_forge.ts";
import { MIB } from "../../kernel/lib/bytes.ts";
import {
  api,
  type Expected,
  halves,
  noise,
  type Refusal,
  Standing,
  startNode,
} from "../helpers/mod.ts";

const text = (value: string) => new TextEncoder().encode(value);
const good = () =>
  zipSync({ "index.html": text("<h1>from a zip</h1>"), "css/site.css": text("a{}") });
const PAGE: Forged = { name: "index.html", content: "<h1>bad</h1>" };
const forged = (...more: Forged[]) => () => forgeZip([PAGE, ...more]);
const invalid = (message: RegExp): Expected => ({
  status: 422,
  code: "ZIP_INVALID",
  message,
  hint: /zip -r app\.zip/,
});
const path = (message: RegExp): Expected => ({
  status: 422,
  code: "PATH_INVALID",
  message,
  hint: /relative to the app's folder/,
});

const CASES: readonly [name: string, zip: () => Uint8Array, expected: Expected][] = [
  ["bytes that are no zip", () => text("PK, honestly".repeat(100)), invalid(/not a zip file/)],
  ["no bytes at all", () => new Uint8Array(), invalid(/not a zip file/)],
  ["a zip cut in half", () => good().slice(0, good().length / 2), invalid(/not a zip file/)],
  ["a zip without its last bytes", () => good().slice(0, -3), invalid(/its end is missing/)],
  ["a zip of folders only", () => forgeZip([{ name: "css/" }]), invalid(/no file in it/)],
  [
    "damaged content",
    forged({ name: "a.txt", content: "abc", crc: 1 }),
    invalid(/"a\.txt" is damaged/),
  ],
  [
    "100,000 entries",
    () =>
      forgeZip(
        Array.from(
          { length: 100_000 },
          (_, i) => ({ name: `${i}.txt`, content: "", stored: true }),
        ),
      ),
    {
      status: 413,
      code: "TOO_MANY_FILES",
      message: /more than 20000 entries/,
      hint: /limits\.deploy\.entries/,
    },
  ],
  [
    "a bomb: one entry of zeroes",
    () => zipSync({ "index.html": text("x"), "zero.bin": new Uint8Array(6 * MIB) }),
    {
      status: 413,
      code: "ZIP_BOMB",
      message: /"zero\.bin" unpacks to more than 200 times its size/,
      hint: /limits\.deploy\.ratio/,
    },
  ],
  [
    "a bomb: too much in all, each entry modest",
    () =>
      zipSync(
        Object.fromEntries(
          Array.from({ length: 5 }, (_, i) => {
            const bytes = new Uint8Array(4 * MIB);
            bytes.set(noise(65536));
            bytes[0] = i;
            return [`part-${i}.bin`, bytes];
          }),
        ),
      ),
    {
      status: 413,
      code: "ZIP_BOMB",
      message: /unpacks to more than 17 MB/,
      hint: /limits\.deploy\.inflatedMb/,
    },
  ],
  [
    "a bomb that lies about its size",
    forged({ name: "a.bin", content: new Uint8Array(6 * MIB), declaredSize: 10 }),
    invalid(/"a\.bin" .*size/),
  ],
  [
    "entries over the same bytes",
    forged(
      { name: "a.bin", content: noise(MIB), stored: true },
      { name: "b.bin", content: "", dataOf: 1, declaredSize: MIB },
    ),
    invalid(/read in two ways/),
  ],
  [
    "one file larger than a file may be",
    () => zipSync({ "large.bin": noise(9 * MIB) }, { level: 0 }),
    { status: 413, code: "TOO_LARGE", message: /"large\.bin" is larger than/, hint: /fileMb/ },
  ],
  ["an absolute path", forged({ name: "/etc/passwd", content: "x" }), path(/it is absolute/)],
  ["a drive letter", forged({ name: "C:/x.txt", content: "x" }), path(/it is absolute/)],
  ["a path that climbs", forged({ name: "../../x", content: "x" }), path(/a part "\.\."/)],
  ["a path that climbs inside", forged({ name: "a/../b", content: "x" }), path(/a part "\.\."/)],
  ["a folder that climbs", forged({ name: "../x/" }), path(/a part "\.\."/)],
  ["a backslash", forged({ name: "css\\site.css", content: "x" }), path(/a backslash/)],
  ["a climbing backslash", forged({ name: "..\\x", content: "x" }), path(/a backslash/)],
  ["a control character", forged({ name: "a\u0000b", content: "x" }), path(/control character/)],
  [
    "a symbolic link",
    forged({ name: "link", content: "/etc/passwd", mode: 0o120777 }),
    invalid(/"link" is a symbolic link/),
  ],
  ["a device", forged({ name: "dev", mode: 0o020666 }), invalid(/"dev" is not a plain file/)],
  ["an encrypted entry", forged({ name: "s", content: "x", flags: 1 }), invalid(/encrypted/)],
  [
    "the same path twice",
    forged({ name: "index.html", content: "<h1>other</h1>" }),
    invalid(/"index\.html" and "index\.html" are the same path/),
  ],
  [
    "paths that differ in case only",
    forged({ name: "INDEX.html", content: "x" }),
    invalid(/"index\.html" and "INDEX\.html" are the same path/),
  ],
  [
    "an app.json that is not JSON",
    forged({ name: "app.json", content: "{name: 1}" }),
    { status: 422, code: "MANIFEST_INVALID", message: /app\.json: is not JSON/ },
  ],
  [
    "server code that does not parse",
    forged({ name: "api/main.ts", content: "export default () => {\n  return (\n}" }),
    { status: 422, code: "BUNDLE_FAILED", message: /api\/main\.ts:3:1/ },
  ],
];

Deno.test("no zip, however broken, changes what is served or leaves halves behind", async (t) => {
  await using node = await startNode({
    settings: { "limits.deploy.inflatedMb": "16", "limits.vfs.fileMb": "8" },
  });
  const app = await Standing.on(node, "target");
  const send = (body: Uint8Array): Promise<Refusal> =>
    api(node, "POST", "/api/deploy?name=target", {
      body,
      headers: { "content-type": "application/zip" },
    });
  for (const [name, zip, expected] of CASES) {
    await t.step(name, () => app.survives(() => send(zip()), expected));
  }
  await t.step("a form without the file", async () => {
    const form = new FormData();
    form.set("name", "target");
    const request = new Request("http://x/", { method: "POST", body: form });
    await app.survives(
      async () =>
        await api(node, "POST", "/api/deploy", {
          body: await request.bytes(),
          headers: { "content-type": request.headers.get("content-type")! },
        }),
      { status: 400, code: "BAD_REQUEST", message: /no field "file"/, hint: /curl -F file=/ },
    );
  });
  await t.step(
    "after all of them a correct zip is deployed, and nothing half-written is left",
    async () => {
      const { status, data } = await api(node, "POST", "/api/deploy?name=zipped", {
        body: good(),
        headers: { "content-type": "application/zip" },
      });
      assert.deepEqual([status, data?.files], [201, 2]);
      assert.deepEqual(halves(node.db), []);
      const beside = [...Deno.readDirSync(node.db.replace(/[^/]*$/, ""))].map(({ name }) => name);
      assert.deepEqual(beside.filter((name) => !name.startsWith("data.db")), []);
    },
  );
});
