import fc from "fast-check";
import assert from "node:assert/strict";
import { vfsPath } from "./vfs_path.ts";

Deno.test("ordinary, spaced, dotted and non-ASCII paths are kept, in one normal form", () => {
  for (const path of ["index.html", ".well-known/x", "a b/ü.png", "日本/語.txt", "a..b/...c"]) {
    assert.equal(vfsPath(path), path.normalize("NFC"));
  }
  assert.equal(vfsPath("cafe\u0301.txt"), "caf\u00e9.txt");
});

Deno.test("whatever could leave the app's folder or hide is refused", () => {
  const bad = ["", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", "a\\b", "C:x", "a\0b"];
  for (const path of [...bad, "a\nb", "\ud800", "x".repeat(1025)]) {
    assert.throws(() => vfsPath(path), { code: "PATH_INVALID" }, JSON.stringify(path));
  }
});

Deno.test("what is accepted joins to a place below the folder and is its own normal form", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    let path: string;
    try {
      path = vfsPath(text);
    } catch {
      return;
    }
    const resolved = decodeURIComponent(
      new URL(path.split("/").map(encodeURIComponent).join("/"), "http://x/app/").pathname,
    );
    assert.equal(resolved, `/app/${path}`);
    assert.equal(vfsPath(path), path);
  }));
});
