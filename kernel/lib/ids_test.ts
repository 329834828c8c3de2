import assert from "node:assert/strict";
import fc from "fast-check";
import { appIdLabel, base58, type IdKind, isId, newId } from "./ids.ts";

const KINDS: IdKind[] = ["app", "rev", "key", "usr", "ses", "evt", "job", "dom", "req", "act"];

Deno.test("an id is its kind and twelve characters that survive a host label", () => {
  for (const kind of KINDS) {
    const id = newId(kind);
    assert.match(id, new RegExp(`^${kind}_[1-9a-km-z]{12}$`));
    assert.equal(isId(kind, id), true);
    assert.equal(appIdLabel(id).toLowerCase(), `${kind}-${id.slice(4)}`);
  }
});

Deno.test("ids do not repeat", () => {
  const ids = Array.from({ length: 2000 }, () => newId("app"));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("every character is as likely as any other", () => {
  // Each value of a byte once: what is left over after whole rounds must not be used.
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const counts = new Map<string, number>();
  for (const c of base58(238, () => all)) counts.set(c, (counts.get(c) ?? 0) + 1);
  assert.equal(counts.size, 34);
  assert.deepEqual(new Set(counts.values()), new Set([7]));
});

Deno.test("a source that gives too little is asked again", () => {
  let asked = 0;
  const text = base58(4, () => Uint8Array.of(255, asked++));
  assert.equal(text, "1234");
});

Deno.test("an id has exactly its kind's form", () => {
  const good = "app_123456789abc";
  assert.equal(isId("app", good), true);
  for (
    const text of [
      "",
      "app_",
      "rev_123456789abc",
      "app-123456789abc",
      "app_123456789ab",
      "app_123456789abcd",
      "app_123456789abC",
      "app_023456789abc",
      "app_l23456789abc",
      "app_123456789ab\n",
      " app_123456789ab",
    ]
  ) assert.equal(isId("app", text), false, JSON.stringify(text));
});

Deno.test("an id made from any bytes is an id", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 24, maxLength: 24 }), (bytes) => {
    let first = true;
    const id = newId("key", (length) => {
      const source = first ? bytes : new Uint8Array(length);
      first = false;
      return source;
    });
    assert.equal(isId("key", id), true);
  }));
});
