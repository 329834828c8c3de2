// The thread that speaks TLS: accepts, shakes hands, and relays what is decrypted to the kernel. A
// flood of handshakes takes its time, not the kernel's.
import { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { ServedCertificate } from "../../net/mod.ts";
import {
  answerCheck,
  type ClientHello,
  findClientHello,
  isCheck,
} from "../../net/tls_check/mod.ts";
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
  addEventListener(type: string, listener: (event: Uncaught) => void): void;
};
const tell = (message: FromTlsThread) => scope.postMessage(message);

const servers = new Map<number, Server>();
/** Connections that are not passed on yet, and who waits for a certificate. */
const arrivals = new Map<number, Arrival>();
const contexts = new Map<string, SecureContext>();
let path = "";
let lastId = 0;

interface Uncaught extends Event {
  readonly message?: string;
  readonly reason?: unknown;
}

interface Arrival {
  readonly raw: Socket;
  /** Takes the certificate it waits for. */
  answer?: (found: ServedCertificate | undefined) => void;
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

/** Looks at the hello of a connection before TLS does: who checks a name gets an answer of its own. */
function peek(id: number): void {
  const raw = arrivals.get(id)?.raw;
  if (raw === undefined) return;
  let bytes = Buffer.alloc(0);
  const look = (part: Buffer) => {
    bytes = Buffer.concat([bytes, part]);
    const hello = findClientHello(bytes);
    if (hello === "more") return;
    raw.off("data", look);
    raw.pause();
    if (hello !== undefined && isCheck(hello)) proveName(id, hello);
    else shakeHands(id, bytes);
  };
  raw.on("data", look);
  raw.resume();
}

function proveName(id: number, hello: ClientHello): void {
  const arrival = arrivals.get(id)!;
  arrival.answer = (found) => {
    answerCheck(hello, found).then((answer) => {
      arrival.raw.end(answer);
      // Who checks closes it. What else it says is of no interest, but lets it be heard.
      arrival.raw.resume();
    }).catch((error) => end(id, String(error)));
  };
  tell({ kind: "hello", id, name: hello.serverName ?? "", alpn: hello.alpn });
}

/** Shakes hands, with what was read already. */
function shakeHands(id: number, first?: Uint8Array): void {
  const arrival = arrivals.get(id);
  if (arrival === undefined) return;
  const { raw } = arrival;
  const socket: TLSSocket = new TLSSocket(raw, {
    isServer: true,
    ALPNProtocols: ALPN,
    SNICallback: (name, answer) => {
      arrival.answer = (found) => {
        try {
          if (found === undefined) throw new Error(NO_CERTIFICATE);
          answer(null, contextOf(found));
        } catch (error) {
          answer(error as Error);
        }
      };
      tell({ kind: "hello", id, name, alpn: offered(socket) });
    },
  });
  socket.on("error", (error) => end(id, String(error.message)));
  socket.once("secure", () => {
    const relay = new TlsRelay(socket);
    relay.start(path, { id }).then(() => arrivals.delete(id), (error) => end(id, String(error)));
  });
  if (first !== undefined) tlsHandleOf(socket).receive(first);
}

/** What Deno's TLS has that Node's manual does not name. */
function tlsHandleOf(socket: TLSSocket) {
  return (socket as unknown as {
    readonly _handle: { receive(bytes: Uint8Array): void; getClientHelloAlpn?(): unknown };
  })._handle;
}

/** What a client offers, where Deno's TLS tells before it asks for the certificate. */
function offered(socket: TLSSocket): readonly string[] {
  const names = tlsHandleOf(socket).getClientHelloAlpn?.();
  return Array.isArray(names) ? names.map(String) : [];
}

/** Parsed once for each certificate, as long as it is in use. */
function contextOf({ cert, key }: ServedCertificate): SecureContext {
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

// What goes wrong with one connection must not end those of all others.
for (const type of ["error", "unhandledrejection"]) {
  scope.addEventListener(type, (event) => {
    event.preventDefault();
    tell({ kind: "fault", message: event.message ?? String(event.reason) });
  });
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
      return data.peek ? peek(data.id) : shakeHands(data.id);
    case "close":
      return end(data.id, "closed");
    case "certificate":
      return arrivals.get(data.id)?.answer?.(data.found);
  }
};
