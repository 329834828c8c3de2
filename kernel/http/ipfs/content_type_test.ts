import assert from "node:assert/strict";
import { namedType, sniffType } from "./content_type.ts";

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((p) => typeof p === "string" ? [...new TextEncoder().encode(p)] : p),
  );

Deno.test("content without a name is only ever what cannot act", () => {
  const types: [Uint8Array, string][] = [
    [bytes([0x89], "PNG\r\n", [0x1a], "\n"), "image/png"],
    [bytes("GIF89a"), "image/gif"],
    [bytes("RIFF1234WEBP"), "image/webp"],
    [bytes("%PDF-1.7"), "application/pdf"],
    [bytes("<!doctype html><script>1</script>"), "text/plain; charset=utf-8"],
    [bytes("<svg onload=alert(1)>"), "text/plain; charset=utf-8"],
    [bytes("caf", [0xc3]), "text/plain; charset=utf-8"],
    [bytes([0, 1, 2]), "application/octet-stream"],
    [bytes([0xff, 0xfe, 0x41]), "application/octet-stream"],
    [bytes(), "application/octet-stream"],
  ];
  for (const [head, type] of types) assert.equal(sniffType(head), type);
});

Deno.test("scripts and styles are what they are only where they are at home", () => {
  assert.equal(namedType("a.js", true), "text/javascript; charset=utf-8");
  assert.equal(namedType("a.js", false), "text/plain; charset=utf-8");
  assert.equal(namedType("a.css", false), "text/plain; charset=utf-8");
  assert.equal(namedType("a.wasm", false), "application/octet-stream");
  assert.equal(namedType("a.xsl", false).includes("xml"), false);
  assert.equal(namedType("a.png", false), "image/png");
  assert.equal(namedType("a.html", false), "text/html; charset=utf-8");
});
