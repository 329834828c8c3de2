// The thread that speaks TLS: accepts, shakes hands, and relays what is decrypted to the kernel. A
// flood of handshakes takes its time, not the kernel's.
import { connect, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { Carry } from "./carry.ts";
import { NO_CERTIFICATE } from "./edge_counts.ts";
import { handleOf } from "./stream_handle.ts";
import { type FromTlsThread, preface, type ToTlsThread } from "./tls_messages.ts";
import { TlsRelay } from "./tls_relay.ts";

/** The protocols it speaks, the better one first. */
const ALPN = ["h2", "http/1.1"];
/** Certificates that are kept parsed. */
const CONTEXTS = 500;
/** How long the self-test may take, ms. */
const PATIENCE_MS = 2000;

const scope = self as unknown as {
  postMessage(message: FromTlsThread): void;
  onmessage: (event: { readonly data: ToTlsThread }) => void;
};
const tell = (message: FromTlsThread) => scope.postMessage(message);

const servers = new Map<number, Server>();
/** Connections that are not passed on yet, and who waits for a certificate. */
const arrivals = new Map<number, Arrival>();
const contexts = new Map<string, SecureContext>();
let path = "";
let lastId = 0;

interface Arrival {
  readonly raw: Socket;
  answer?: (error: Error | null, context?: SecureContext) => void;
}

function take(door: number, raw: Socket): void {
  // What comes back to 0 after four thousand million connections may not meet one that still waits.
  do lastId = (lastId + 1) >>> 0; while (lastId === 0 || arrivals.has(lastId));
  const id = lastId;
  arrivals.set(id, { raw });
  raw.on("error", () => {});
  raw.once("close", () => end(id, "closed"));
  const { remoteAddress: hostname = "", remotePort: port = 0 } = raw;
  tell({ kind: "arrived", door, id, hostname, port });
}

function end(id: number, why: string): void {
  const arrival = arrivals.get(id);
  if (arrival === undefined) return;
  arrivals.delete(id);
  arrival.raw.destroy();
  tell({ kind: "ended", id, why });
}

function shakeHands(id: number): void {
  const arrival = arrivals.get(id);
  if (arrival === undefined) return;
  const { raw } = arrival;
  const socket: TLSSocket = new TLSSocket(raw, {
    isServer: true,
    ALPNProtocols: ALPN,
    SNICallback: (name, answer) => {
      arrival.answer = answer;
      tell({ kind: "hello", id, name, alpn: offered(socket) });
    },
  });
  socket.on("error", (error) => end(id, String(error.message)));
  socket.once("secure", () => {
    const relay = new TlsRelay(socket);
    relay.start(path, { id }).then(() => arrivals.delete(id), (error) => end(id, String(error)));
  });
}

/** What a client offers, where Deno's TLS tells before it asks for the certificate. */
function offered(socket: TLSSocket): readonly string[] {
  const handle = (socket as unknown as { _handle?: { getClientHelloAlpn?(): unknown } })._handle;
  const names = handle?.getClientHelloAlpn?.();
  return Array.isArray(names) ? names.map(String) : [];
}

function answerHello({ id, found }: ToTlsThread & { readonly kind: "certificate" }): void {
  const answer = arrivals.get(id)?.answer;
  if (answer === undefined) return;
  if (found === undefined) return answer(new Error(NO_CERTIFICATE));
  try {
    answer(null, contextOf(found));
  } catch (error) {
    answer(error as Error);
  }
}

/** Parsed once for each certificate, as long as it is in use. */
function contextOf({ cert, key }: { readonly cert: string; readonly key: string }): SecureContext {
  const known = contexts.get(cert);
  const context = known ?? createSecureContext({ cert, key, minVersion: "TLSv1.2" });
  contexts.delete(cert);
  contexts.set(cert, context);
  if (contexts.size > CONTEXTS) contexts.delete(contexts.keys().next().value!);
  return context;
}

function listen({ door, hostname, port }: ToTlsThread & { readonly kind: "listen" }): void {
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (raw) => take(door, raw));
  server.on(
    "error",
    (error: Error & { readonly code?: string }) =>
      tell({ kind: "lost", door, code: error.code, message: error.message }),
  );
  server.listen({ host: hostname, port, backlog: 511 }, () => {
    tell({ kind: "listening", door, port: (server.address() as { port: number }).port });
  });
  servers.set(door, server);
}

/** Whether bytes go there and back on this Deno without Node's streams. */
async function works(): Promise<boolean> {
  const sent = preface(0, false);
  const socket = connect({ path });
  const late = setTimeout(() => socket.destroy(), PATIENCE_MS);
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on("error", () => resolve(false));
      socket.on("close", () => resolve(false));
      socket.on("connect", () => {
        const handle = handleOf(socket);
        const back: number[] = [];
        const echo = new Carry(handle, {
          onEnd: () => resolve(back.join() === sent.join()),
          onBroken: () => resolve(false),
        });
        const sink = {
          onread: () => {},
          useUserBuffer: () => {},
          readStart: () => 0,
          readStop: () => 0,
          shutdown: () => 0,
          writeBuffer: (_: unknown, bytes: Uint8Array) => (back.push(...bytes), 0),
        };
        const out = new Carry(sink, { onEnd: () => {}, onBroken: () => {} });
        out.begin(handle, sent);
        echo.begin(sink);
      });
    });
  } catch {
    return false;
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "start":
      path = data.path;
      works().then((works) => tell({ kind: "started", works }));
      break;
    case "listen":
      return listen(data);
    case "leave":
      servers.get(data.door)?.close();
      servers.delete(data.door);
      break;
    case "admit":
      return shakeHands(data.id);
    case "close":
      return end(data.id, "closed");
    case "certificate":
      return answerHello(data);
  }
};
