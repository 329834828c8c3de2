import assert from "node:assert/strict";
import { readBytes } from "./input.ts";

const PART = new Uint8Array(16 * 1024);

/** A request whose body comes in parts, `everyMs` apart. */
function slow(parts: number, everyMs: number): Request {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      controller.enqueue(PART);
      if (++sent === parts) controller.close();
    },
  }, { highWaterMark: 0 });
  return new Request("http://x/", { method: "POST", body });
}

Deno.test("a body that takes longer than it may is ended, even between two parts", async () => {
  await assert.rejects(() => readBytes(slow(100, 50), 1e9, { seconds: 0.2 }), {
    code: "BODY_TIMEOUT",
    status: 408,
    details: { limit: "request.bodySeconds", max: 0.2 },
  });
  const stuck = new Request("http://x/", { method: "POST", body: new ReadableStream() });
  await assert.rejects(() => readBytes(stuck, 1e9, { seconds: 0.2 }), { code: "BODY_TIMEOUT" });
});

Deno.test("an upload that moves on may take as long as it takes, one that stops may not", async () => {
  const upload = { seconds: 0.2, upload: true };
  assert.equal((await readBytes(slow(8, 50), 1e9, upload)).length, 8 * PART.length);
  const stuck = new Request("http://x/", { method: "POST", body: new ReadableStream() });
  await assert.rejects(() => readBytes(stuck, 1e9, upload), { code: "BODY_TIMEOUT" });
});
