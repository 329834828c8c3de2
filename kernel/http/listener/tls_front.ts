import { acceptLoop } from "./accept_loop.ts";
import { letGo, relay } from "./relay.ts";
import type { Arrival, TlsDoor, TlsService, TlsServiceDeps } from "./tls_service.ts";

/** Time after which nobody comes any more who was passed on, ms. */
const ARRIVAL_MS = 5000;

/**
 * HTTPS behind a proxy that sends PROXY headers: takes them off before TLS does. What it passes on
 * comes back to the node from this machine, so it keeps in mind whose connection has which port.
 */
export class TlsFront implements TlsDoor {
  readonly port: number;
  readonly #arrivals = new Map<number, PromiseWithResolvers<Arrival>>();
  #inner: TlsDoor | undefined;

  private constructor(
    private readonly deps: TlsServiceDeps,
    private readonly listener: Deno.TcpListener,
  ) {
    this.port = listener.addr.port;
  }

  /** Binds the port; rejects with what the machine says when it cannot. */
  static async open(
    deps: TlsServiceDeps,
    { service, ...at }: {
      readonly service: TlsService;
      readonly hostname: string;
      readonly port: number;
    },
  ): Promise<TlsFront> {
    const front = new TlsFront(deps, Deno.listen(at));
    try {
      await front.#begin(service);
      return front;
    } catch (error) {
      front.close();
      throw error;
    }
  }

  /** Takes no further connection. */
  close(): void {
    letGo(this.listener);
    this.#inner?.close();
  }

  async #begin(service: TlsService): Promise<void> {
    const inner = this.#inner = await service.listen(
      { hostname: "127.0.0.1", port: 0 },
      ({ port }) => this.#arrived(port),
    );
    void acceptLoop(this.listener, {
      onConnection: (connection) => void this.#pass(connection, inner.port),
      onError: (error) => {
        this.deps.counts.acceptErrors++;
        this.deps.connections.evict();
        this.deps.onError(error);
      },
    });
  }

  async #pass(connection: Deno.TcpConn, innerPort: number): Promise<void> {
    const held = this.deps.connections.enter(undefined);
    if (held === undefined) return letGo(connection);
    held.endsBy({ abort: () => letGo(connection) });
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

  async #arrived(port: number): Promise<Arrival | undefined> {
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
