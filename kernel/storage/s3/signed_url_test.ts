import fc from "fast-check";
import assert from "node:assert/strict";
import { mintToken, readToken, type Ticket } from "./signed_url.ts";

const key = new Uint8Array(32).fill(7);
const ticket: Ticket = {
  method: "GET",
  appId: "app_111111111111",
  userId: "usr_system",
  path: "a/ä b",
  expiresAt: 1000,
};
const at = { appId: ticket.appId, now: 999 };

Deno.test("a token says what it was minted for until it expires, on its own app only", () => {
  const token = mintToken(key, ticket);
  assert.deepEqual(readToken(key, token, at), ticket);
  assert.equal(readToken(key, token, { ...at, now: 1000 }), undefined);
  assert.equal(readToken(key, token, { ...at, appId: "app_222222222222" }), undefined);
  assert.equal(readToken(new Uint8Array(32), token, at), undefined);
});

Deno.test("no change of a token, however small, is let through", () => {
  const token = mintToken(key, ticket);
  const char = fc.constantFrom(
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.",
  );
  fc.assert(
    fc.property(fc.nat(token.length - 1), char, (i, c) => {
      const changed = token.slice(0, i) + c + token.slice(i + 1);
      assert.equal(readToken(key, changed, at) === undefined, changed !== token);
    }),
    { numRuns: 1000 },
  );
  const [payload, mac] = token.split(".");
  const others = [
    "",
    ".",
    payload!,
    `${payload}.`,
    `.${mac}`,
    `${token}=`,
    `${token} `,
    `${token}/`,
  ];
  for (const other of [...others, "x".repeat(1e6), `${payload}.${mac}.${mac}`]) {
    assert.equal(readToken(key, other, at), undefined);
  }
});
