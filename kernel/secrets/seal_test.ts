import assert from "node:assert/strict";
import fc from "fast-check";
import { KEY_BYTES, seal, unseal } from "./seal.ts";

const key = (fill: number) => new Uint8Array(KEY_BYTES).fill(fill);

Deno.test("what is sealed opens with the same key and context, and with no other", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.string(), (plain, context) => {
    const sealed = seal(key(1), plain, context);
    assert.deepEqual(unseal(key(1), sealed, context), new Uint8Array(plain));
    assert.equal(unseal(key(2), sealed, context), undefined);
    assert.equal(unseal(key(1), sealed, `${context}!`), undefined);
  }));
});

Deno.test("a changed or cut text does not open", () => {
  const sealed = seal(key(1), new TextEncoder().encode("hello"), "");
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i]! ^= 1;
    assert.equal(unseal(key(1), changed, ""), undefined);
    assert.equal(unseal(key(1), sealed.subarray(0, i), ""), undefined);
  }
});

Deno.test("the same text is never sealed the same way", () => {
  const plain = new Uint8Array(8);
  assert.notDeepEqual(seal(key(1), plain, ""), seal(key(1), plain, ""));
});
