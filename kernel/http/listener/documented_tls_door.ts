import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { tlsFailure } from "./edge_counts.ts";
import { answerNode, type NodeRequest, type NodeResponse } from "./node_exchange.ts";
import type { TlsDoorDeps } from "./tls_door.ts";
import { letGo } from "./relay.ts";

/**
 * HTTPS through `node:http2`, where the engine inside Deno is not what it was: a fraction as fast, and
 * no answer to TLS-ALPN-01. It is asked for the certificate at every handshake.
 */
export class DocumentedTlsDoor {
  readonly port: Promise<number>;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  constructor(
    deps: Omit<TlsDoorDeps, "engine" | "pairs">,
    at: { readonly hostname: string; readonly port: number },
  ) {
    const { certificates, connections, peers, counts, onError } = deps;
    this.#server = createSecureServer({
      allowHTTP1: true,
      minVersion: "TLSv1.2",
      SNICallback: (name, answer) => {
        contextFor(deps, name.toLowerCase()).then(
          (context) => answer(null, context),
          (error) => {
            counts.tls.failed["no-certificate"]++;
            answer(error);
          },
        );
      },
    });
    // Who names no host gets what there is for that, from the beginning on and whenever it changes.
    const setDefault = async () => {
      const found = await certificates.certificateFor(undefined, []);
      if (found) this.#server.setSecureContext({ cert: found.cert, key: found.key });
    };
    certificates.onChange(() => void setDefault().catch(onError));
    void setDefault().catch(onError);
    this.#server.on("connection", (socket: Socket) => {
      const hostname = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
      const remoteAddr: Deno.NetAddr = {
        transport: "tcp",
        hostname,
        port: socket.remotePort ?? 0,
      };
      const held = connections.enter(peers.countedBy(remoteAddr));
      if (held === undefined) return void socket.destroy();
      held.endsBy(() => void socket.destroy());
      held.awaitsHeader();
      arrivals.set(`${hostname} ${remoteAddr.port}`, { held, remoteAddr });
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        arrivals.delete(`${hostname} ${remoteAddr.port}`);
        held.leave();
      });
    });
    const arrivals = new Map<string, {
      readonly held: NonNullable<ReturnType<typeof connections.enter>>;
      readonly remoteAddr: Deno.NetAddr;
    }>();
    this.#server.on("secureConnection", () => void counts.tls.handshakes++);
    this.#server.on(
      "tlsClientError",
      (error: unknown) => void counts.tls.failed[tlsFailure(error)]++,
    );
    this.#server.on("error", onError);
    this.#server.on("request", (request: NodeRequest, response: NodeResponse) => {
      counts.requests++;
      const socket = request.socket as TLSSocket;
      const hostname = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
      const arrival = arrivals.get(`${hostname} ${socket.remotePort}`);
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

async function contextFor(
  { certificates }: Pick<TlsDoorDeps, "certificates">,
  name: string,
): Promise<SecureContext> {
  const found = await certificates.certificateFor(name, []);
  if (found === undefined) throw new Error("there is no certificate for this name");
  return createSecureContext({ cert: found.cert, key: found.key });
}
