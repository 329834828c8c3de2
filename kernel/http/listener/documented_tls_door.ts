import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { tlsFailure } from "./edge_counts.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node_exchange.ts";
import { letGo } from "./relay.ts";
import { contextFor } from "./tls_contexts.ts";
import type { TlsServiceDeps } from "./tls_service.ts";

/**
 * HTTPS through `node:http2`, where the engine inside Deno is not what it was: a fraction as fast, and
 * no answer to TLS-ALPN-01. It is asked for the certificate at every handshake.
 */
export class DocumentedTlsDoor {
  readonly port: Promise<number>;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  constructor(
    deps: Omit<TlsServiceDeps, "engine">,
    at: { readonly hostname: string; readonly port: number },
  ) {
    const { certificates, connections, peers, counts, onError } = deps;
    this.#server = createSecureServer({
      allowHTTP1: true,
      minVersion: "TLSv1.2",
      SNICallback: (name, answer) => {
        contextFor(certificates, name).then(
          (context) => answer(null, context),
          (error) => answer(error),
        );
      },
    });
    this.#server.on("connection", (socket: Socket) => {
      const remoteAddr = addressOf(socket);
      const key = `${remoteAddr.hostname} ${remoteAddr.port}`;
      const held = connections.enter(peers.countedBy(remoteAddr));
      if (held === undefined) return void socket.destroy();
      held.endsBy({ abort: () => void socket.destroy() });
      held.awaitsHeader();
      arrivals.set(key, { held, remoteAddr });
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        arrivals.delete(key);
        held.leave();
      });
    });
    const addressOf = ({ remoteAddress = "", remotePort = 0 }: Socket) =>
      peers.named({ transport: "tcp", hostname: remoteAddress, port: remotePort });
    const arrivals = new Map<string, {
      readonly held: NonNullable<ReturnType<typeof connections.enter>>;
      readonly remoteAddr: Deno.NetAddr;
    }>();
    this.#server.on("secureConnection", () => void counts.tls.handshakes++);
    this.#server.on(
      "tlsClientError",
      (error: Error) => void counts.tls.failed[tlsFailure(error.message)]++,
    );
    this.#server.on("error", onError);
    this.#server.on("request", (request: NodeRequest, response: NodeResponse) => {
      counts.requests++;
      const socket = request.socket as TLSSocket;
      const { hostname, port } = addressOf(socket);
      const arrival = arrivals.get(`${hostname} ${port}`);
      if (arrival === undefined) return void socket.destroy();
      const done = arrival.held.begin();
      void answerNode(request, response, { remoteAddr: arrival.remoteAddr, ...deps }).finally(done);
    });
    const bound = Promise.withResolvers<number>();
    this.port = bound.promise;
    this.#server.once("error", bound.reject);
    this.#server.listen(at.port, at.hostname, () => {
      bound.resolve((this.#server.address() as { port: number }).port);
    });
  }

  /** Takes no further connection. */
  close(): void {
    letGo(this.#server);
  }
}
