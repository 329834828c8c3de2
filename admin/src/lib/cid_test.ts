import assert from "node:assert/strict";
import { cidOf } from "../../../kernel/fs/mod.ts";
import { cidOfChunk, ONE_CHUNK } from "./cid.ts";

Deno.test("the browser gives a file the id that the node gives it", () => {
  for (const length of [0, 1, 5, 31, 1000, ONE_CHUNK]) {
    const bytes = new Uint8Array(length).map((_, i) => i * 7);
    assert.equal(cidOfChunk(bytes), cidOf(bytes), String(length));
  }
  assert.throws(() => cidOfChunk(new Uint8Array(ONE_CHUNK + 1)), RangeError);
});
