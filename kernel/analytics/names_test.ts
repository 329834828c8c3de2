import fc from "fast-check";
import assert from "node:assert/strict";
import { countryName, pathName, referrerName } from "./names.ts";

Deno.test("a path is counted without its query, printable and not too long", () => {
  assert.equal(pathName("/a/b?token=secret#x"), "/a/b");
  assert.equal(pathName("?x"), "/");
  assert.equal(pathName(`/${"x".repeat(5000)}`).length, 200);
  assert.equal(pathName("/a\u001b[31m\u202eb"), "/a\ufffd[31m\ufffdb");
});

Deno.test("of a referrer only the host is kept, and nothing of the site itself", () => {
  const from = (field: string | null) => referrerName(field, "blog.example:8080");
  assert.equal(from("https://www.News.example/story?user=ann#top"), "news.example");
  assert.equal(from("https://ann:secret@news.example/"), "news.example");
  for (
    const nothing of [null, "", "nonsense", "javascript:alert(1)", "data:text/html,x", "ftp://x"]
  ) {
    assert.equal(from(nothing), "", String(nothing));
  }
  assert.equal(from("http://blog.example/other"), undefined);
  assert.equal(from("http://www.blog.example/other"), undefined);
  assert.equal(from(`https://x.example/${"y".repeat(100_000)}`), "");
});

Deno.test("countries are two letters; unknown ones and anything else are none", () => {
  assert.equal(countryName("de"), "DE");
  for (const none of [null, "", "XX", "T1", "deu", "<b>", "D E"]) {
    assert.equal(countryName(none), undefined);
  }
});

Deno.test("whatever is sent, names are short, well formed and without control characters", () => {
  const anything = fc.oneof(fc.string({ unit: "binary", maxLength: 500 }), fc.webUrl());
  fc.assert(fc.property(anything, anything, (text, host) => {
    for (const name of [pathName(text), referrerName(text, host) ?? ""]) {
      assert.ok(name.length <= 200 && name.isWellFormed());
      assert.doesNotMatch(name, /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }
  }));
});
