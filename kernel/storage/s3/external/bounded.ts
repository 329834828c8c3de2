import { s3Error } from "./s3_error.ts";

/** The text of an answer, refused when it has more than `maxBytes`. */
export async function boundedText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw s3Error(`its answer has more than ${maxBytes} bytes`);
    parts.push(part);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new TextDecoder().decode(all);
}

/** A body that fails when it is not exactly `size` bytes, or gives nothing for `idleMs`. */
export function exactBody(
  body: ReadableStream<Uint8Array>,
  options: { readonly size: number; readonly idleMs: number },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = options.size;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await withinIdle(reader.read(), options.idleMs).catch((error) => {
        reader.cancel().catch(() => {});
        throw error;
      });
      left -= value?.length ?? 0;
      if (left < 0 || (done && left > 0)) {
        reader.cancel().catch(() => {});
        throw s3Error("an object broke off or is longer than announced");
      }
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

async function withinIdle<T>(promise: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(s3Error(`it sent nothing for ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([promise, late]);
  } catch (error) {
    throw (error as Error).name === "FaztError"
      ? error
      : s3Error("the connection broke off", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
