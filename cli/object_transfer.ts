import { formatBytes } from "../kernel/lib/bytes.ts";
import { apiPath } from "./client.ts";
import type { Output } from "./output.ts";
import { queryOf } from "./query.ts";

/** How long one object may take on its way, ms. */
export const OBJECT_MS = 12 * 3_600_000;
/** Shortest time between two redraws, ms. */
const REDRAW_MS = 100;

/** Where the API has one object. */
export function objectPath(ref: string, path: string, user?: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return apiPath`/api/storage/${ref}/s3/` + encoded + queryOf({ user });
}

/** The same bytes, with a line on the terminal that tells how far they are. */
export function watched(
  body: ReadableStream<Uint8Array>,
  { out, label, size }: {
    readonly out: Output;
    readonly label: string;
    readonly size: number | undefined;
  },
): ReadableStream<Uint8Array> {
  let done = 0;
  let shown = performance.now();
  const total = size === undefined ? "" : ` of ${formatBytes(size)}`;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        done += chunk.length;
        controller.enqueue(chunk);
        const now = performance.now();
        if (now - shown < REDRAW_MS) return;
        shown = now;
        out.status(`${label} ${formatBytes(done)}${total}`);
      },
      flush: () => out.status(""),
    }),
  );
}
