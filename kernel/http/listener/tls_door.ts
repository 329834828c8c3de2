import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { ACME_TLS, type CertificateSource } from "../../net/mod.ts";
import type { HeldConnection } from "./connections.ts";
import { tlsFailure } from "./edge_counts.ts";
import type { DoorDeps } from "./plain_door.ts";
import { letGo } from "./relay.ts";
import { relaySocket } from "./relay_socket.ts";
import { serveConnection } from "./serve_connection.ts";
import type { SocketPairs } from "./socket_pairs.ts";
import { contextFor } from "./tls_contexts.ts";

/** What {@link TlsDoor} works with besides what every door does. */
export interface TlsDoorDeps extends DoorDeps {
  readonly certificates: CertificateSource;
  readonly pairs: SocketPairs;
}

/** Whose connection it is. */
export interface Arrival {
  readonly held: HeldConnection;
  readonly remoteAddr: Deno.NetAddr;
}

/** The better one first; the last is for those who offer nothing else (RFC 8737 §3). */
const ALPN = ["h2", "http/1.1", ACME_TLS];

/**
 * A port that answers HTTPS: Node's TLS, which asks for the certificate at every handshake, and
 * behind it the HTTP engine on what was decrypted.
 */
export class TlsDoor {
  /** Resolves when the port is bound; rejects with what the machine says when it cannot. */
  readonly port: Promise<number>;
  readonly #server: Server;

  constructor(
    private readonly deps: TlsDoorDeps,
    at: { readonly hostname: string; readonly port: number },
    /** Who a connection belongs to; undefined, and it is closed, where it gets no place. */
    private readonly arrive: (socket: Socket) => Promise<Arrival | undefined> | Arrival | undefined,
  ) {
    this.#server = createServer({ noDelay: true }, (socket) => void this.#take(socket));
    const bound = Promise.withResolvers<number>();
    this.port = bound.promise;
    this.#server.on("error", (error) => {
      bound.reject(machineError(error));
      if (!this.#server.listening) return;
      deps.counts.acceptErrors++;
      deps.connections.evict();
      deps.onError(error);
    });
    this.#server.listen({ host: at.hostname, port: at.port, backlog: 511 }, () => {
      bound.resolve((this.#server.address() as { port: number }).port);
    });
  }

  /** Takes no further connection. */
  close(): void {
    letGo(this.#server);
  }

  async #take(raw: Socket): Promise<void> {
    raw.on("error", () => {});
    const given = this.arrive(raw);
    // Waiting for what is there already would let the first bytes go by.
    const arrival = given instanceof Promise ? await given : given;
    if (arrival === undefined) return void raw.destroy();
    const { held, remoteAddr } = arrival;
    const { counts, certificates, pairs } = this.deps;
    let isLate = false;
    held.endsBy(() => {
      isLate = true;
      raw.destroy();
    });
    const socket: TLSSocket = new TLSSocket(raw, {
      isServer: true,
      ALPNProtocols: ALPN,
      SNICallback: (name, answer) => {
        contextFor(certificates, name, offered(socket)).then(
          (context) => answer(null, context),
          (error) => answer(error),
        );
      },
    });
    try {
      await handshake(socket, raw);
      counts.tls.handshakes++;
    } catch (error) {
      counts.tls.failed[isLate ? "timeout" : tlsFailure(error)]++;
      raw.destroy();
      return held.leave();
    }
    // The handshake was the answer.
    if (socket.alpnProtocol === ACME_TLS) {
      socket.end();
      return held.leave();
    }
    const relayed = relaySocket(socket);
    try {
      const { near, far } = await pairs.make();
      const served = serveConnection(this.deps, far, {
        held,
        remoteAddr,
        secure: true,
        http2: socket.alpnProtocol === "h2",
      });
      await Promise.all([served, relayed.with(near)]);
    } catch (error) {
      this.deps.onError(error);
      raw.destroy();
      held.leave();
    }
  }
}

/** What a client offers, where Deno's TLS tells before it asks for the certificate. */
function offered(socket: TLSSocket): readonly string[] {
  const handle = (socket as unknown as { _handle?: { getClientHelloAlpn?(): unknown } })._handle;
  const names = handle?.getClientHelloAlpn?.();
  return Array.isArray(names) ? names.map(String) : [];
}

function handshake(socket: TLSSocket, raw: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secure", resolve);
    socket.on("error", reject);
    raw.once("close", () => reject(new Error("closed")));
  });
}

/** Node's errors of binding as the rest of the node knows them. */
function machineError(error: Error): Error {
  const { code } = error as { code?: string };
  if (code === "EADDRINUSE") return new Deno.errors.AddrInUse(error.message);
  if (code === "EACCES") return new Deno.errors.PermissionDenied(error.message);
  return error;
}
