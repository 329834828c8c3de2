import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** One file on its way to a node. */
export interface Upload {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/**
 * Sends a stream whose length is told beforehand, which `fetch` does not do and nodes ask for:
 * a body in HTTP chunks costs them more the longer it gets.
 */
export function upload(url: string, { headers, body, size, signal }: Upload): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = (url.startsWith("https:") ? secure : plain)(url, {
    method: "PUT",
    headers: { ...headers, "content-length": String(size) },
    signal,
  }, (response) => {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    response.on("data", (part: Uint8Array) => parts.push(new Uint8Array(part)));
    response.on("error", reject);
    response.on("end", () => {
      const type = response.headers["content-type"] ?? "";
      const init = { status: response.statusCode ?? 502, headers: { "content-type": type } };
      resolve(new Response(new Blob(parts), init));
    });
  });
  request.on("error", reject);
  // A node that refuses answers before the end: then its answer counts, not the broken pipe.
  pipeline(Readable.fromWeb(body as never), request).catch(() => {});
  return promise;
}
