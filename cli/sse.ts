/** Largest event kept, characters; a longer one is dropped. */
const MAX_EVENT = 4 * 1024 * 1024;

/** The `data` of each event of a stream (HTML standard §9.2.6); comments are heartbeats. */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let pending = "";
  let data: string[] = [];
  for await (const chunk of stream) {
    pending += decoder.decode(chunk, { stream: true });
    // A lone CR at the end may be half of a CRLF.
    const whole = pending.endsWith("\r") ? pending.slice(0, -1) : pending;
    const lines = whole.split(/\r\n|\r|\n/);
    pending = lines.pop()! + pending.slice(whole.length);
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
    if (pending.length > MAX_EVENT) pending = "";
  }
}
