import assert from "node:assert/strict";
import { boundedText } from "./bounded_text.ts";

Deno.test("a body is read up to its bound, and the rest of a longer one is let go", async () => {
  assert.equal(await boundedText(new Response("1234"), 4), "1234");
  assert.equal(await boundedText(new Response(null), 4), "");
  let canceled = false;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => {
      canceled = true;
    },
  });
  assert.equal(await boundedText(new Response(endless), 5000), undefined);
  assert.equal(canceled, true);
});
