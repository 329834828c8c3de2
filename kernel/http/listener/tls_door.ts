import { ACME_TLS, type CertificateSource } from "../../net/tls/certificate_source.ts";
import { acceptLoop } from "./accept_loop.ts";
import type { HeldConnection } from "./connections.ts";
import { tlsFailure } from "./edge_counts.ts";
import type { DoorDeps } from "./plain_door.ts";
import { letGo, relay } from "./relay.ts";
import { serveConnection } from "./serve_connection.ts";
import type { SocketPairs } from "./socket_pairs.ts";
import { TlsFront } from "./tls_front.ts";

/** What {@link TlsDoor} works with besides what every door does. */
export interface TlsDoorDeps extends DoorDeps {
  readonly certificates: CertificateSource;
  readonly pairs: SocketPairs;
}

/** Whose connection it is, where that was found out before the handshake. */
export interface Arrival {
  readonly held: HeldConnection;
  readonly remoteAddr: Deno.NetAddr;
}

/** Protocols of ordinary visitors, the better one first. */
const ALPN = ["h2", "http/1.1"];
/** Time for which a refused name stays refused without being asked for again, ms. */
const REFUSED_MS = 10_000;
/** Names a generation is asked for before the next one begins: what it keeps of each stays small. */
const NAMES_OF_GENERATION = 5000;
/** Most characters of a server name (RFC 1035 §2.3.4). */
const NAME_LENGTH = 253;

/**
 * A port that answers HTTPS. Deno asks for the certificate of a name once in the life of a listener,
 * so there are generations of them: whenever the certificates change, the next one takes over the
 * port, and connections that are open go on.
 */
export class TlsDoor {
  readonly port: number;
  #generation: { close(): void };
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** Binds the port; throws what the machine says when it cannot. */
  constructor(
    private readonly deps: TlsDoorDeps,
    private readonly at: {
      readonly hostname: string;
      readonly port: number;
      /** Whether each connection begins with a PROXY header. */
      readonly proxied: boolean;
    },
  ) {
    // Generations share the port; that nobody else has it, only a listener that shares nothing tells.
    const probe = Deno.listen({ hostname: at.hostname, port: at.port });
    this.port = probe.addr.port;
    probe.close();
    this.#generation = this.#begin();
    deps.certificates.onChange(() => this.#renew());
  }

  /** Takes no further connection. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#generation.close();
  }

  #renew(): void {
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const before = this.#generation;
    try {
      this.#generation = this.#begin();
    } catch (error) {
      // The one that is there still serves what it knows.
      this.deps.onError(error);
      this.#renewSoon(REFUSED_MS);
      return;
    }
    before.close();
  }

  #renewSoon(ms: number): void {
    if (this.#closed) return;
    this.#retry ??= setTimeout(() => this.#renew(), ms);
  }

  #begin(): { close(): void } {
    this.deps.counts.tls.generations++;
    const { certificates } = this.deps;
    const { hostname, proxied } = this.at;
    if (proxied || certificates.challengePending) {
      return new TlsFront({
        ...this.deps,
        hostname,
        port: this.port,
        proxied,
        ordinary: () => this.#listen({ hostname: "127.0.0.1", port: 0 }, ALPN),
        challenge: () => this.#listen({ hostname: "127.0.0.1", port: 0 }, [ACME_TLS]),
        take: (connection, arrival) => void this.#take(connection, arrival),
      });
    }
    const listener = this.#listen({ hostname, port: this.port }, ALPN);
    void acceptLoop(listener, {
      onConnection: (connection) => {
        const remoteAddr = this.deps.peers.addressOf(connection);
        const held = this.deps.connections.enter(this.deps.peers.countedBy(remoteAddr));
        if (held === undefined) letGo(connection);
        else void this.#take(connection, { held, remoteAddr });
      },
      onError: (error) => this.#acceptFailed(error),
    });
    return { close: () => letGo(listener) };
  }

  #acceptFailed(error: unknown): void {
    this.deps.counts.acceptErrors++;
    this.deps.connections.evict();
    this.deps.onError(error);
  }

  #listen(
    at: { readonly hostname: string; readonly port: number },
    alpnProtocols: readonly string[],
  ): Deno.TlsListener {
    const { certificates, engine } = this.deps;
    const offered = alpnProtocols[0] === ACME_TLS ? alpnProtocols : [];
    let names = 0;
    return engine.listenTls({
      ...at,
      reusePort: at.port !== 0,
      alpnProtocols,
      resolve: async (name) => {
        if (++names === NAMES_OF_GENERATION) this.#renewSoon(0);
        const found = name.length > NAME_LENGTH
          ? undefined
          : await certificates.certificateFor(name === "" ? undefined : name, offered);
        if (found !== undefined) return { cert: found.cert, key: found.key };
        this.#renewSoon(REFUSED_MS);
        throw new Error("there is no certificate for this name");
      },
    });
  }

  async #take(connection: Deno.TlsConn, { held, remoteAddr }: Arrival): Promise<void> {
    const { counts, pairs } = this.deps;
    let isTimedOut = false;
    held.endsBy(() => {
      isTimedOut = true;
      letGo(connection);
    });
    const end = () => {
      letGo(connection);
      held.leave();
    };
    let alpn: string | null;
    try {
      ({ alpnProtocol: alpn } = await connection.handshake());
      counts.tls.handshakes++;
    } catch (error) {
      counts.tls.failed[isTimedOut ? "timeout" : tlsFailure(error)]++;
      return end();
    }
    // The handshake was the answer (RFC 8737 §3).
    if (alpn === ACME_TLS) return end();
    try {
      const { near, far } = await pairs.make();
      const served = serveConnection(this.deps, far, {
        held,
        remoteAddr,
        secure: true,
        http2: alpn === "h2",
      });
      await Promise.all([served, relay(connection, near)]);
    } catch (error) {
      this.deps.onError(error);
      end();
    }
  }
}
