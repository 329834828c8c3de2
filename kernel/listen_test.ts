import assert from "node:assert/strict";
import { mostConnections } from "./listen.ts";

Deno.test("connections are as many as the owner says, as far as there is memory for them", () => {
  assert.equal(mostConnections({ sockets: 10_000, memoryMb: 512 }), 5242);
  assert.equal(mostConnections({ sockets: 10_000, memoryMb: 4096 }), 10_000);
  assert.equal(mostConnections({ sockets: 100, memoryMb: 512 }), 100);
});
