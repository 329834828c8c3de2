import assert from "node:assert/strict";
import fc from "fast-check";
import { sanitise, sanitiseJson, sanitiseLines } from "./sanitise.ts";

// deno-lint-ignore no-control-regex -- finding them is the purpose
const STEERS = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0x206f })).map((codes) => String.fromCharCode(...codes)),
);

Deno.test("no text steers a terminal once it is sanitised", () => {
  fc.assert(fc.property(anyText, (text) => {
    assert.doesNotMatch(sanitise(text), STEERS);
    assert.doesNotMatch(sanitiseLines(text).replace(/[\n\t]/g, ""), STEERS);
  }));
});

Deno.test("sanitised JSON is the same JSON", () => {
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), anyText), (value) => {
    const json = sanitiseJson(JSON.stringify(value, null, 2));
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(json.replaceAll("\n", ""), STEERS);
  }));
});

Deno.test("what is dangerous is shown, what is not stays", () => {
  assert.equal(sanitise("a\x1b[31mb\n"), "a\\u001b[31mb\\n");
  assert.equal(sanitise("naïve 日本語 👩‍💻 العربية"), "naïve 日本語 👩‍💻 العربية");
  assert.equal(sanitiseLines("a\r\nb\tc\r"), "a\nb\tc\\r");
});
