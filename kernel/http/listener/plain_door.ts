import { acceptLoop } from "./accept_loop.ts";
import type { Connections, HeldConnection } from "./connections.ts";
import type { Peers } from "./peers.ts";
import { letGo } from "./relay.ts";
import { serveConnection, type ServingDeps } from "./serve_connection.ts";

/** What a door works with. */
export interface DoorDeps extends ServingDeps {
  readonly connections: Connections;
  readonly peers: Peers;
}

/** A port that answers plain HTTP. */
export class PlainDoor {
  readonly port: number;
  readonly #listener: Deno.TcpListener;

  /** Binds the port; throws what the machine says when it cannot. */
  constructor(
    private readonly deps: DoorDeps,
    private readonly at: {
      readonly hostname: string;
      readonly port: number;
      /** Whether each connection begins with a PROXY header. */
      readonly proxied: boolean;
    },
  ) {
    this.#listener = Deno.listen({ hostname: at.hostname, port: at.port });
    this.port = this.#listener.addr.port;
    void acceptLoop(this.#listener, {
      onConnection: (connection) => this.#take(connection),
      onError: (error) => {
        deps.counts.acceptErrors++;
        deps.connections.evict();
        deps.onError(error);
      },
    });
  }

  /** Takes no further connection. */
  close(): void {
    letGo(this.#listener);
  }

  #take(connection: Deno.TcpConn): void {
    const { connections, peers } = this.deps;
    const peer = peers.addressOf(connection);
    const held = connections.enter(this.at.proxied ? undefined : peers.countedBy(peer));
    if (held === undefined) return letGo(connection);
    if (this.at.proxied) void this.#unwrap(connection, held);
    else this.#serve(connection, { held, remoteAddr: peer });
  }

  async #unwrap(connection: Deno.TcpConn, held: HeldConnection): Promise<void> {
    held.endsBy({ abort: () => letGo(connection) });
    const remoteAddr = await this.deps.peers.unwrap(connection, { held, ...this.deps });
    if (remoteAddr !== undefined) this.#serve(connection, { held, remoteAddr });
  }

  #serve(
    connection: Deno.TcpConn,
    whose: { readonly held: HeldConnection; readonly remoteAddr: Deno.NetAddr },
  ): void {
    try {
      void serveConnection(this.deps, connection, { ...whose, secure: false, http2: false });
    } catch {
      // It ended between being taken and being served.
      letGo(connection);
      whose.held.leave();
    }
  }
}
