import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { MIB } from "../lib/bytes.ts";
import { sameBytes } from "../lib/testing/same_bytes.ts";
import { compress } from "./compress.ts";

const TEXT = "text/plain; charset=utf-8";
const forms = async (bytes: Uint8Array, type: string) => Object.keys(await compress(bytes, type));
const filled = (length: number) => new TextEncoder().encode("abcdefgh".repeat(length / 8));

Deno.test("both forms hold the same bytes as the file and are smaller", async () => {
  const bytes = filled(80_000);
  const { brotli, gzip } = await compress(bytes, TEXT);
  assert.ok(brotli!.length < bytes.length && gzip!.length < bytes.length);
  sameBytes(brotliDecompressSync(brotli!), bytes);
  sameBytes(gunzipSync(gzip!), bytes);
});

Deno.test("the same file gives the same bytes every time", async () => {
  const [one, two] = await Promise.all([
    compress(filled(4096), TEXT),
    compress(filled(4096), TEXT),
  ]);
  assert.deepEqual(one, two);
});

Deno.test("a form that saves too little is not kept", async () => {
  assert.deepEqual(await forms(randomBytes(10_000), TEXT), []);
  // All but 3.5 % of it is noise: what can be saved is not worth a second file.
  const mostly = new Uint8Array(100_000);
  mostly.set(randomBytes(96_500));
  assert.deepEqual(await forms(mostly, TEXT), []);
  mostly.fill(0, 90_000);
  assert.deepEqual(await forms(mostly, TEXT), ["brotli", "gzip"]);
});

Deno.test("small, huge and packed files are left as they are", async () => {
  assert.deepEqual(await forms(filled(248), TEXT), []);
  assert.ok((await compress(filled(256), TEXT)).brotli);
  assert.deepEqual(await forms(filled(5 * MIB + 8), TEXT), []);
  assert.deepEqual(await forms(filled(80_000), "image/png"), []);
});
