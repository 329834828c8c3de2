import type { Connections, HeldConnection } from "./connections.ts";
import type { EdgeCounts } from "./edge_counts.ts";
import { readExactly } from "./read_exactly.ts";
import { readProxyHeader } from "./proxy_header.ts";
import { letGo } from "./relay.ts";

/** What is known of addresses. */
export interface PeerRules {
  /** Whether a proxy at this address is believed. */
  readonly trusts: (address: string) => boolean;
  /** What an address is counted by; undefined for those that are not. */
  readonly counted: (address: string) => string | undefined;
}

/** Who is at the other end of a connection. */
export class Peers {
  constructor(private readonly rules: PeerRules) {}

  /** The peer's address; an IPv4 one as such, whichever socket it came through (RFC 4291 §2.5.5.2). */
  addressOf(connection: Deno.Conn): Deno.NetAddr {
    return this.named(connection.remoteAddr as Deno.NetAddr);
  }

  /** See {@link Peers.addressOf}. */
  named({ hostname, port }: Deno.NetAddr): Deno.NetAddr {
    const four = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(hostname)?.[1];
    return { transport: "tcp", hostname: four ?? hostname, port };
  }

  /** What a peer's connections are counted by. Those of a proxy are the connections of many. */
  countedBy({ hostname }: Deno.NetAddr): string | undefined {
    return this.rules.trusts(hostname) ? undefined : this.rules.counted(hostname);
  }

  /**
   * Takes the PROXY header of a connection and counts it with the client it names. Undefined, and
   * the connection is closed, where the peer is no trusted proxy or sends none.
   */
  async unwrap(
    connection: Deno.Conn,
    { held, connections, counts }: {
      readonly held: HeldConnection;
      readonly connections: Connections;
      readonly counts: EdgeCounts;
    },
  ): Promise<Deno.NetAddr | undefined> {
    const peer = this.addressOf(connection);
    const refuse = () => {
      counts.refused.proxy++;
      letGo(connection);
      held.leave();
      return undefined;
    };
    if (!this.rules.trusts(peer.hostname)) return refuse();
    try {
      const header = await readProxyHeader((bytes) => readExactly(connection, bytes));
      if (header.kind === "local") return peer;
      const counted = this.rules.counted(header.address.hostname);
      if (counted === undefined || connections.count(held, counted)) return header.address;
      letGo(connection);
      return undefined;
    } catch {
      return refuse();
    }
  }
}
