import { ACME_TLS } from "../../net/tls/certificate_source.ts";
import { acceptLoop } from "./accept_loop.ts";
import { HELLO_BYTES, parseClientHello } from "./client_hello.ts";
import type { DoorDeps } from "./plain_door.ts";
import { letGo, relay } from "./relay.ts";
import type { Arrival, TlsDoorDeps } from "./tls_door.ts";

/** What {@link TlsFront} works with. */
export interface TlsFrontDeps extends DoorDeps, Pick<TlsDoorDeps, "certificates"> {
  readonly hostname: string;
  readonly port: number;
  /** Whether each connection begins with a PROXY header. */
  readonly proxied: boolean;
  /** Listens on this machine alone, for ordinary visitors and for checks of challenges. */
  readonly ordinary: () => Deno.TlsListener;
  readonly challenge: () => Deno.TlsListener;
  readonly take: (connection: Deno.TlsConn, arrival: Arrival) => void;
}

/**
 * Takes connections before TLS does, where something must be seen first: a PROXY header, or which
 * protocols a client offers while an ACME server is awaited. What it passes on comes back to it from
 * this machine, so it keeps in mind whose connection has which port.
 */
export class TlsFront {
  readonly #listener: Deno.TcpListener;
  readonly #ordinary: Deno.TlsListener;
  readonly #challenge: Deno.TlsListener | undefined;
  readonly #arrivals = new Map<number, PromiseWithResolvers<Arrival>>();

  constructor(private readonly deps: TlsFrontDeps) {
    this.#listener = Deno.listen({
      hostname: deps.hostname,
      port: deps.port,
      reusePort: true,
    } as Deno.TcpListenOptions);
    this.#ordinary = deps.ordinary();
    this.#challenge = deps.certificates.challengePending ? deps.challenge() : undefined;
    void acceptLoop(this.#listener, {
      onConnection: (connection) => void this.#pass(connection),
      onError: deps.onError,
    });
    for (const inner of [this.#ordinary, this.#challenge]) {
      if (inner === undefined) continue;
      void acceptLoop(inner, {
        onConnection: (connection) => void this.#arrived(connection),
        onError: deps.onError,
      });
    }
  }

  /** Takes no further connection; those that are on their way in still get in. */
  close(): void {
    letGo(this.#listener);
    for (const inner of [this.#ordinary, this.#challenge]) if (inner) letGo(inner);
  }

  async #pass(connection: Deno.TcpConn): Promise<void> {
    const { connections, peers, proxied } = this.deps;
    let remoteAddr = peers.addressOf(connection);
    const held = connections.enter(proxied ? undefined : peers.countedBy(remoteAddr));
    if (held === undefined) return letGo(connection);
    held.endsBy(() => letGo(connection));
    if (proxied) {
      const named = await peers.unwrap(connection, { held, ...this.deps });
      if (named === undefined) return;
      remoteAddr = named;
    }
    try {
      const { begun, isCheck } = this.#challenge === undefined
        ? { begun: new Uint8Array(), isCheck: false }
        : await peek(connection);
      const to = isCheck ? this.#challenge! : this.#ordinary;
      const inner = await Deno.connect({
        hostname: "127.0.0.1",
        port: (to.addr as Deno.NetAddr).port,
      });
      inner.setNoDelay(true);
      const { port } = inner.localAddr as Deno.NetAddr;
      this.#arrival(port).resolve({ held, remoteAddr });
      let sent = 0;
      while (sent < begun.length) sent += await inner.write(begun.subarray(sent));
      await relay(connection, inner);
      this.#arrivals.delete(port);
    } catch {
      letGo(connection);
    }
    held.leave();
  }

  async #arrived(connection: Deno.TlsConn): Promise<void> {
    const { port } = connection.remoteAddr as Deno.NetAddr;
    const late = setTimeout(
      () => this.#arrival(port).reject(new Error("nobody passed it on")),
      5000,
    );
    try {
      const arrival = await this.#arrival(port).promise;
      this.deps.take(connection, arrival);
    } catch {
      // Somebody else on this machine found the port.
      letGo(connection);
    }
    clearTimeout(late);
    this.#arrivals.delete(port);
  }

  #arrival(port: number): PromiseWithResolvers<Arrival> {
    let arrival = this.#arrivals.get(port);
    if (arrival === undefined) this.#arrivals.set(port, arrival = Promise.withResolvers());
    return arrival;
  }
}

/** Reads the first message, and whether who sends it is an ACME server that checks a challenge. */
async function peek(
  connection: Deno.TcpConn,
): Promise<{ readonly begun: Uint8Array; readonly isCheck: boolean }> {
  const bytes = new Uint8Array(HELLO_BYTES + 5);
  let have = 0;
  for (;;) {
    const hello = parseClientHello(bytes.subarray(0, have));
    if (hello !== undefined || have === bytes.length) {
      const isCheck = typeof hello === "object" && hello.alpn.includes(ACME_TLS);
      return { begun: bytes.subarray(0, have), isCheck };
    }
    const count = await connection.read(bytes.subarray(have));
    if (count === null) throw new Error("the connection ended");
    have += count;
  }
}
