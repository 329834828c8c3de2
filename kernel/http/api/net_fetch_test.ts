import assert from "node:assert/strict";
import { firstBytes } from "./net_fetch.ts";

function bodyOf(chunks: readonly number[], onCancel = () => {}): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const size = left.shift();
      if (size === undefined) controller.close();
      else controller.enqueue(new Uint8Array(size).fill(7));
    },
    cancel: onCancel,
  }, { highWaterMark: 0 });
}

Deno.test("a body that fits is shown whole, one that does not is cut and given up", async () => {
  const size = async (chunks: readonly number[]) => {
    let cancelled = false;
    const { bytes, truncated } = await firstBytes(bodyOf(chunks, () => cancelled = true), 10);
    return [bytes.length, truncated, cancelled];
  };
  assert.deepEqual(await size([]), [0, false, false]);
  assert.deepEqual(await size([4, 6]), [10, false, false]);
  assert.deepEqual(await size([4, 7, 100]), [10, true, true]);
  assert.deepEqual((await firstBytes(null)).bytes.length, 0);
});
