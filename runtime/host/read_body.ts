/** Why a body was not read to its end. */
export type BodyFault = "BODY_TOO_LARGE" | "BODY_ABORTED" | "BODY_TIMEOUT";

/** Reads a request's body, but never more than `maxBytes` of it and never for longer than `maxMs`. */
export async function readBody(
  request: Request,
  { maxBytes, maxMs }: { readonly maxBytes: number; readonly maxMs: number },
): Promise<Uint8Array | null | BodyFault> {
  if (request.body === null) return null;
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) {
    await request.body.cancel().catch(() => {});
    return "BODY_TOO_LARGE";
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader = request.body.getReader();
  const end = () => reader.cancel().catch(() => {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // The read that waits ends with it.
    end();
  }, maxMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) return "BODY_TIMEOUT";
      if (done) break;
      total += value.length;
      if (total > maxBytes) {
        await end();
        return "BODY_TOO_LARGE";
      }
      chunks.push(value);
    }
  } catch {
    return late ? "BODY_TIMEOUT" : "BODY_ABORTED";
  } finally {
    clearTimeout(timer);
  }
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
