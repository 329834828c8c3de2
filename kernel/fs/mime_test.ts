import fc from "fast-check";
import assert from "node:assert/strict";
import { isCompressible, mimeOf } from "./mime.ts";

Deno.test("a path's type comes from its last extension, and text says that it is UTF-8", () => {
  const cases: readonly [string, string][] = [
    ["index.html", "text/html; charset=utf-8"],
    ["a/b/INDEX.HTM", "text/html; charset=utf-8"],
    ["style.css", "text/css; charset=utf-8"],
    ["app.js", "text/javascript; charset=utf-8"],
    ["APP.MIN.MJS", "text/javascript; charset=utf-8"],
    ["main.ts", "text/plain; charset=utf-8"],
    ["MAIN.TS", "text/plain; charset=utf-8"],
    ["film.mp4", "video/mp4"],
    ["data.json", "application/json; charset=utf-8"],
    ["app.js.map", "application/json; charset=utf-8"],
    ["feed.rss", "application/rss+xml; charset=utf-8"],
    ["site.webmanifest", "application/manifest+json; charset=utf-8"],
    ["logo.svg", "image/svg+xml; charset=utf-8"],
    ["logo.png", "image/png"],
    ["logo.avif", "image/avif"],
    ["favicon.ico", "image/x-icon"],
    ["font.woff2", "font/woff2"],
    ["module.wasm", "application/wasm"],
    ["paper.pdf", "application/pdf"],
    ["notes.md", "text/markdown; charset=utf-8"],
  ];
  for (const [path, type] of cases) assert.equal(mimeOf(path), type, path);
});

Deno.test("what has no extension that is known is only bytes", () => {
  const bytes = "application/octet-stream";
  const paths = [
    "",
    "LICENSE",
    "html",
    "folder.html/file",
    ".html/x",
    "x.",
    "x.unknown",
    "x.constructor",
    "x.__proto__",
    "x.hasownproperty",
    "x.html ?",
  ];
  for (const path of paths) assert.equal(mimeOf(path), bytes, path);
});

Deno.test("whatever a file is called, its type can stand in a header", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    assert.match(mimeOf(`x.${name}`), /^[a-z]+\/[\w.+-]+(?:; charset=utf-8)?$/);
  }));
});

Deno.test("text and what is like it gets smaller; what is packed already does not", () => {
  const compressible = [
    "text/html; charset=utf-8",
    "text/plain",
    "application/json; charset=utf-8",
    "application/rss+xml; charset=utf-8",
    "image/svg+xml",
    "application/wasm",
    "font/ttf",
    "image/bmp",
    "image/x-icon",
  ];
  for (const type of compressible) assert.equal(isCompressible(type), true, type);
  const packed = [
    "image/png",
    "image/jpeg",
    "video/mp4",
    "audio/ogg",
    "font/woff2",
    "application/zip",
    "application/pdf",
    "application/octet-stream",
    "",
  ];
  for (const type of packed) assert.equal(isCompressible(type), false, type);
});
