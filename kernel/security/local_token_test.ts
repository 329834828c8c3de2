import assert from "node:assert/strict";
import { LocalToken } from "./local_token.ts";

Deno.test("the local token lets this machine in as admin, and nobody from elsewhere", () => {
  const token = new LocalToken();
  const local = { kind: "local", id: "usr_owner", name: "local", scopes: ["admin"] };
  assert.deepEqual(token.verify(token.value, true), local);
  assert.equal(token.verify(token.value, false), undefined);
});

Deno.test("nothing but the whole token of this start is taken", () => {
  const token = new LocalToken();
  const near = [
    "",
    token.value.slice(0, -1),
    `${token.value}x`,
    token.value.toUpperCase(),
    token.value.replace("local_", "fazt_"),
    new LocalToken().value,
    "x".repeat(1_000_000),
  ];
  for (const text of near) assert.equal(token.verify(text, true), undefined, text.slice(0, 60));
  assert.match(token.value, /^local_[1-9a-km-z]{40}$/);
});
