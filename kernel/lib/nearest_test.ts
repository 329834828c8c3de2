import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

Deno.test("a slip of the finger finds the word", () => {
  const words = ["deploy", "delete", "list"];
  for (const slip of ["depoly", "deplo", "deployy", "DEPLOY", "eploy"]) {
    assert.equal(nearest(slip, words), "deploy", slip);
  }
});

Deno.test("a short word may be short of two letters", () => {
  assert.equal(nearest("ls", ["list"]), "list");
  assert.equal(nearest("s", ["list"]), undefined);
});

Deno.test("the closest wins, wherever it stands, and the first of equals", () => {
  assert.equal(nearest("server.prot", ["server.host", "server.port"]), "server.port");
  assert.equal(nearest("server.prot", ["server.port", "server.host"]), "server.port");
  assert.equal(nearest("cat", ["bat", "hat"]), "bat");
});

Deno.test("another word is not taken for a slip", () => {
  assert.equal(nearest("xylophone", ["deploy", "delete"]), undefined);
  assert.equal(nearest("abc", ["xyz"]), undefined);
  assert.equal(nearest("anything", []), undefined);
});
