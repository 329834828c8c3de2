import assert from "node:assert/strict";
import fc from "fast-check";
import { readEvents } from "./sse.ts";

/** A stream of these bytes, cut at these places. */
function streamOf(text: string, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const places = [...new Set([0, ...cuts.map((n) => n % (bytes.length + 1)), bytes.length])];
  places.sort((a, b) => a - b);
  return ReadableStream.from(places.slice(1).map((end, i) => bytes.slice(places[i], end)));
}

async function all(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const events: string[] = [];
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

Deno.test("events are read whatever their line ends; comments and unknown fields are not data", async () => {
  const text = ": beat\n\ndata: a\r\n\r\nevent: x\ndata:b\ndata:  c\n\nid: 1\n\ndata: half";
  assert.deepEqual(await all(streamOf(text, [])), ["a", "b\n c"]);
});

Deno.test("events are the same wherever the stream is cut", async () => {
  const data = fc.array(fc.string({ unit: "grapheme" }).map((s) => s.replace(/[\r\n]/g, "")));
  const end = fc.constantFrom("\n", "\r\n");
  await fc.assert(
    fc.asyncProperty(data, end, fc.array(fc.nat()), async (lines, eol, cuts) => {
      const text = lines.map((line) => `data: ${line}${eol}${eol}`).join("");
      assert.deepEqual(await all(streamOf(text, cuts)), lines);
    }),
    { numRuns: 200 },
  );
});
