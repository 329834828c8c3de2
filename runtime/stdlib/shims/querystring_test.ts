import assert from "node:assert/strict";
import node from "node:querystring";
import fc from "fast-check";
import own from "./querystring.ts";

Deno.test("querystring shim: reads what Node reads", () => {
  const piece = fc.constantFrom("a", "b", "=", "&", "+", "%20", "%C3%A9", "é", "1", "%26", "");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }).map((all) => all.join("")), (text) => {
      assert.deepEqual({ ...own.parse(text) }, { ...node.parse(text) });
    }),
  );
});

Deno.test("querystring shim: malformed text is no error", () => {
  assert.equal(own.parse("a=100%&b=%zz")["a"], "100%");
  assert.equal(own.parse("a=100%&b=%zz")["b"], "%zz");
  assert.equal(own.parse("a=%ff%26+")["a"], "\ufffd& ");
  assert.equal(Object.getPrototypeOf(own.parse("__proto__=1")), null);
  assert.deepEqual({ ...own.parse("") }, {});
});

Deno.test("querystring shim: writes what Node writes", () => {
  const value = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(NaN),
    fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), value), (query) => {
      assert.equal(own.stringify(query), node.stringify(query));
    }),
  );
  assert.equal(own.stringify({ a: "1", b: "2" }, ";", ":"), "a:1;b:2");
});

Deno.test("querystring shim: honours its options", () => {
  assert.equal(Object.keys(own.parse("a&b&c", "&", "=", { maxKeys: 2 })).length, 2);
  assert.equal(
    own.stringify({ a: "b" }, "&", "=", { encodeURIComponent: (s) => `<${s}>` }),
    "<a>=<b>",
  );
});
