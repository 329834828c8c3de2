import { s3Error } from "./s3_error.ts";
import type { S3Requests } from "./s3_request.ts";
import { escapeXml, textOf } from "./xml.ts";

/** What is told of an object with its content. */
export interface S3PutOptions {
  readonly type?: string | undefined;
  /** Sent as `x-amz-meta-…`; values are ASCII. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Bytes, where known: parts are made large enough for it. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was stored. */
export interface S3Stored {
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** Parts of one upload at most, at every provider. */
const MAX_PARTS = 10_000;

/** Sends bytes in one request. */
export async function putWhole(
  requests: S3Requests,
  key: string,
  { body, ...options }: S3PutOptions & { readonly body: Uint8Array },
): Promise<S3Stored> {
  const response = await requests.send({
    method: "PUT",
    key,
    body,
    headers: headersOf(options),
    signal: options.signal,
  });
  await response.body?.cancel();
  return { etag: response.headers.get("etag") ?? "", size: body.length };
}

/**
 * Sends a stream of any length: one request when it fits in a part, a multipart upload else. One
 * part is sent while the next is filled, so that memory holds two. A failure leaves nothing.
 */
export async function putStream(
  requests: S3Requests,
  key: string,
  options: S3PutOptions & {
    readonly body: ReadableStream<Uint8Array>;
    readonly partBytes: number;
  },
): Promise<S3Stored> {
  const { size = 0, signal } = options;
  const partBytes = Math.max(options.partBytes, Math.ceil(size / MAX_PARTS));
  const parts = inParts(options.body, partBytes);
  const first = await parts.next();
  if (first.done || first.value.length < partBytes) {
    const { body: _, ...rest } = options;
    return await putWhole(requests, key, { ...rest, body: first.value ?? new Uint8Array() });
  }
  const created = await requests.sendForXml({
    method: "POST",
    key,
    query: { uploads: "" },
    headers: headersOf(options),
    signal,
  }).catch(async (error) => {
    await parts.return(undefined);
    throw error;
  });
  const uploadId = textOf(created, "UploadId");
  if (!uploadId) throw s3Error("it named no upload");
  const etags: string[] = [];
  let total = 0;
  let sending: Promise<unknown> = Promise.resolve();
  const sendPart = async (body: Uint8Array, n: number) => {
    const response = await requests.send({
      method: "PUT",
      key,
      query: { partNumber: String(n), uploadId },
      body,
      signal,
    });
    await response.body?.cancel();
    etags[n - 1] = response.headers.get("etag") ?? "";
  };
  try {
    let part: Uint8Array | undefined = first.value;
    for (let n = 1; part !== undefined; n++) {
      if (n > MAX_PARTS) throw s3Error(`an object is larger than ${MAX_PARTS} parts`);
      total += part.length;
      await sending;
      sending = sendPart(part, n);
      // Seen when awaited; meanwhile it is no unhandled rejection.
      sending.catch(() => {});
      const next: IteratorResult<Uint8Array, void> = await parts.next();
      part = next.value ?? undefined;
    }
    await sending;
    const done = await requests.sendForXml({
      method: "POST",
      key,
      query: { uploadId },
      headers: { "content-type": "application/xml" },
      body: new TextEncoder().encode(completion(etags)),
      signal,
    });
    return { etag: textOf(done, "ETag") ?? "", size: total };
  } catch (error) {
    await parts.return(undefined).catch(() => {});
    await sending.catch(() => {});
    // What cannot be taken back is a matter of the bucket's own rules for unfinished uploads.
    await requests.send({ method: "DELETE", key, query: { uploadId } }, [404])
      .then((response) => response.body?.cancel()).catch(() => {});
    throw error;
  }
}

function completion(etags: readonly string[]): string {
  const parts = etags.map((etag, i) =>
    `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
    parts.join("")
  }</CompleteMultipartUpload>`;
}

function headersOf({ type, metadata = {} }: S3PutOptions): Record<string, string> {
  return {
    "content-type": type ?? "application/octet-stream",
    ...Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
  };
}

/** The same bytes in parts of exactly `partBytes` but the last. */
async function* inParts(
  body: ReadableStream<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let buffer = new Uint8Array(partBytes);
  let used = 0;
  for await (let chunk of body) {
    while (chunk.length > 0) {
      const taken = chunk.subarray(0, partBytes - used);
      buffer.set(taken, used);
      used += taken.length;
      chunk = chunk.subarray(taken.length);
      if (used === partBytes) {
        yield buffer;
        buffer = new Uint8Array(partBytes);
        used = 0;
      }
    }
  }
  if (used > 0) yield buffer.subarray(0, used);
}
