/** Reads a request's body, but never more than `max` bytes of it. */
export async function readBody(
  request: Request,
  max: number,
): Promise<Uint8Array | null | "too large" | "aborted"> {
  if (request.body === null) return null;
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > max) {
    await request.body.cancel().catch(() => {});
    return "too large";
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of request.body) {
      total += chunk.length;
      // Leaving the loop cancels the body.
      if (total > max) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "aborted";
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
