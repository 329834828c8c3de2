import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { newToken, sameHash, tokenHash } from "./tokens.ts";

Deno.test("a token is its prefix and 40 characters that survive any transport, never the same", () => {
  const made = Array.from({ length: 200 }, () => newToken("fazt_"));
  for (const token of made) assert.match(token, /^fazt_[1-9a-km-z]{40}$/);
  assert.equal(new Set(made).size, made.length);
  assert.match(newToken(""), /^[1-9a-km-z]{40}$/);
});

Deno.test("every character of the alphabet is about as likely as any other", () => {
  const counts = new Map<string, number>();
  const tokens = 2000;
  for (let i = 0; i < tokens; i++) {
    for (const c of newToken("")) counts.set(c, (counts.get(c) ?? 0) + 1);
  }
  assert.equal(counts.size, 34);
  // Were uneven bytes not thrown away, the sum would be near 385; chance alone stays below 120.
  const expected = tokens * 40 / 34;
  let chi = 0;
  for (const n of counts.values()) chi += (n - expected) ** 2 / expected;
  assert.ok(chi < 120, `chi-square ${chi} with 33 degrees of freedom`);
});

Deno.test("what is kept of a token is its SHA-256", () => {
  const expected = createHash("sha256").update("fazt_x").digest();
  assert.deepEqual([...tokenHash("fazt_x")], [...expected]);
});

Deno.test("hashes are the same only when every byte is, and lengths may differ", () => {
  const hash = tokenHash("a");
  assert.equal(sameHash(hash, tokenHash("a")), true);
  for (const at of [0, 15, 31]) {
    const other = hash.slice();
    other[at]! ^= 1;
    assert.equal(sameHash(hash, other), false, `byte ${at}`);
  }
  assert.equal(sameHash(hash, hash.subarray(1)), false);
  assert.equal(sameHash(hash, new Uint8Array()), false);
});
