/** A response's body as text; undefined where it is longer than that, and then its rest is let go. */
export async function boundedText(
  response: Response,
  maxBytes: number,
): Promise<string | undefined> {
  const reader = (response.body ?? new Blob().stream()).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let bytes = 0;;) {
    const { done, value } = await reader.read();
    if (done) return await new Blob(chunks).text();
    bytes += value.length;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
}
