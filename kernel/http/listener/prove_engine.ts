import type { HttpEngine } from "./http_engine.ts";
import { letGo } from "./relay.ts";

/** Time the engine may take to prove itself, ms. */
const PATIENCE_MS = 3000;
const NAME = "self-test.invalid";

/**
 * The self-test: whether an engine does what the listener relies on, which is to answer on a connection
 * it is handed, to tell when the answer is out, and to end the connection when told.
 */
export async function passesSelfTest(engine: HttpEngine): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    });
    return await Promise.race([serves(engine), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function serves(engine: HttpEngine): Promise<boolean> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let client: Deno.TcpConn | undefined;
  try {
    const { port } = listener.addr;
    const [connected, accepted] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    client = connected;
    let wasCompleted = false;
    const served = engine.serve(accepted, (request, { completed }) => {
      void completed.then(() => wasCompleted = true);
      return new Response(new URL(request.url).pathname, { headers: { connection: "keep-alive" } });
    }, () => new Response(null, { status: 500 }));
    await client.write(new TextEncoder().encode(`GET /works HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`));
    const text = await textUntil(client, "/works");
    // Only now, on a connection that is alive: it ends because it is told to.
    served.abort();
    await served.finished;
    served.abort();
    return /^HTTP\/1\.1 200 /.test(text) && wasCompleted &&
      await client.read(new Uint8Array(16)) === null;
  } finally {
    letGo(listener);
    if (client) letGo(client);
  }
}

async function textUntil(connection: Deno.Conn, end: string): Promise<string> {
  const buffer = new Uint8Array(1024);
  let text = "";
  while (!text.endsWith(end)) {
    const count = await connection.read(buffer);
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}
