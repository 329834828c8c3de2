import type { Socket } from "node:net";
import { acceptLoop } from "./accept_loop.ts";
import { letGo, relay } from "./relay.ts";
import { type Arrival, TlsDoor, type TlsDoorDeps } from "./tls_door.ts";

/** Time after which nobody comes any more who was passed on, ms. */
const ARRIVAL_MS = 5000;

/**
 * HTTPS behind a proxy that sends PROXY headers: takes them off before TLS does. What it passes on
 * comes back to it from this machine, so it keeps in mind whose connection has which port.
 */
export class TlsFront {
  readonly port: Promise<number>;
  readonly #listener: Deno.TcpListener;
  readonly #inner: TlsDoor;
  readonly #arrivals = new Map<number, PromiseWithResolvers<Arrival>>();

  /** Binds the port; throws what the machine says when it cannot. */
  constructor(
    private readonly deps: TlsDoorDeps,
    at: { readonly hostname: string; readonly port: number },
  ) {
    this.#listener = Deno.listen(at);
    this.#inner = new TlsDoor(
      deps,
      { hostname: "127.0.0.1", port: 0 },
      (socket) => this.#arrived(socket),
    );
    this.port = this.#inner.port.then((inner) => {
      void acceptLoop(this.#listener, {
        onConnection: (connection) => void this.#pass(connection, inner),
        onError: (error) => {
          deps.counts.acceptErrors++;
          deps.connections.evict();
          deps.onError(error);
        },
      });
      return this.#listener.addr.port;
    });
  }

  /** Takes no further connection. */
  close(): void {
    letGo(this.#listener);
    this.#inner.close();
  }

  async #pass(connection: Deno.TcpConn, innerPort: number): Promise<void> {
    const held = this.deps.connections.enter(undefined);
    if (held === undefined) return letGo(connection);
    held.endsBy(() => letGo(connection));
    const remoteAddr = await this.deps.peers.unwrap(connection, { held, ...this.deps });
    if (remoteAddr === undefined) return;
    try {
      const inner = await Deno.connect({ hostname: "127.0.0.1", port: innerPort });
      const { port } = inner.localAddr;
      this.#arrival(port).resolve({ held, remoteAddr });
      await relay(connection, inner);
      this.#arrivals.delete(port);
    } catch {
      letGo(connection);
    }
    held.leave();
  }

  async #arrived(socket: Socket): Promise<Arrival | undefined> {
    const port = socket.remotePort ?? 0;
    const { promise, reject } = this.#arrival(port);
    const late = setTimeout(() => reject(new Error("nobody passed it on")), ARRIVAL_MS);
    try {
      return await promise;
    } catch {
      // Somebody else on this machine found the port.
      return undefined;
    } finally {
      clearTimeout(late);
      this.#arrivals.delete(port);
    }
  }

  #arrival(port: number): PromiseWithResolvers<Arrival> {
    let arrival = this.#arrivals.get(port);
    if (arrival === undefined) this.#arrivals.set(port, arrival = Promise.withResolvers());
    return arrival;
  }
}
