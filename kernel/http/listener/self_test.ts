import type { HttpEngine } from "./http_engine.ts";
import { letGo } from "./relay.ts";

/** Time the engine may take to prove itself, ms. */
const PATIENCE_MS = 3000;
const NAME = "self-test.invalid";

/**
 * Whether an engine does what the listener relies on: answers on a connection it is handed, ends it
 * when told, asks for a name's certificate and refuses where there is none.
 */
export async function passesSelfTest(engine: HttpEngine): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    });
    return await Promise.race([
      Promise.all([serves(engine), asksForNames(engine)]).then((all) => all.every(Boolean)),
      late,
    ]);
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

async function asksForNames(engine: HttpEngine): Promise<boolean> {
  const asked: string[] = [];
  const listener = engine.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    alpnProtocols: ["http/1.1"],
    resolve: (name) => {
      asked.push(name);
      return Promise.reject(new Error("the self-test has no certificate"));
    },
  });
  try {
    const { port } = listener.addr as Deno.NetAddr;
    const [client, server] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    const handshake = server.handshake().then(() => false, () => true);
    const refusal = Deno.startTls(client, { hostname: NAME }).then(
      (tls) => tls.handshake().finally(() => letGo(tls)).then(() => false, () => true),
      () => true,
    );
    const isRefused = (await Promise.all([handshake, refusal])).every(Boolean);
    letGo(server);
    return isRefused && asked.length === 1 && asked[0] === NAME;
  } finally {
    letGo(listener);
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
