import assert from "node:assert/strict";
import { readPart, show } from "./content.ts";

const encoder = new TextEncoder();

Deno.test("content is shown as text where it is text, whole characters only", () => {
  const euro = encoder.encode("a€");
  assert.deepEqual(show(euro), { text: "a€", bytes: 4 });
  assert.deepEqual(show(euro.subarray(0, 2)), { text: "a", bytes: 1 });
  assert.deepEqual(show(new Uint8Array([0xff, 0x00])), { base64: "/wA=", bytes: 2 });
  assert.deepEqual(show(encoder.encode("a\0b")), { base64: "YQBi", bytes: 3 });
});

Deno.test("a part of a stream is read across its chunks, and the rest is let go", async () => {
  let cancelled = false;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const text of ["abc", "def", "ghi", "jkl"]) controller.enqueue(encoder.encode(text));
      },
      cancel: () => void (cancelled = true),
    });
  const part = async (offset: number, max: number) =>
    new TextDecoder().decode(await readPart(stream(), { offset, max }));
  assert.equal(await part(2, 5), "cdefg");
  assert.equal(cancelled, true);
  assert.equal(await part(0, 3), "abc");
  assert.equal(await part(3, 3), "def");
});
