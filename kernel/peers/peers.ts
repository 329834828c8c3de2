import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { addPeer, changePeer, removePeer } from "./operations.ts";
import { type Peer, readPeer, readPeers } from "./peer_rows.ts";

/** A peer without its key. */
export interface PeerInfo {
  readonly name: string;
  readonly url: string;
  readonly default: boolean;
  readonly hasToken: boolean;
  readonly createdAt: number;
}

/** Other nodes that this one's owner speaks to. */
export class Peers {
  constructor(private readonly db: Database, private readonly now: Clock) {}

  list(): PeerInfo[] {
    return readPeers(this.db.reader).map(info);
  }

  /** @throws {FaztError} `NAME_TAKEN`, `INVALID` */
  async add(peer: {
    readonly name: string;
    readonly url: string;
    readonly token?: string | undefined;
    readonly default?: boolean | undefined;
  }): Promise<PeerInfo> {
    const { name, url, token } = peer;
    const makeDefault = peer.default ?? false;
    await this.db.write(addPeer, { name, url, token, makeDefault, at: this.now() });
    return info(readPeer(this.db.reader, name));
  }

  /** A new address without a key loses the key of the old one. @throws {FaztError} `NOT_FOUND` */
  async change(name: string, change: {
    readonly url?: string | undefined;
    readonly token?: string | undefined;
    readonly default?: boolean | undefined;
  }): Promise<PeerInfo> {
    await this.db.write(changePeer, {
      name,
      url: change.url ?? null,
      token: change.token ?? null,
      makeDefault: change.default ?? null,
    });
    return info(readPeer(this.db.reader, name));
  }

  /** @throws {FaztError} `NOT_FOUND` */
  async remove(name: string): Promise<void> {
    await this.db.write(removePeer, { name });
  }
}

function info({ name, url, token, isDefault, createdAt }: Peer): PeerInfo {
  return { name, url, default: isDefault, hasToken: token !== undefined, createdAt };
}
