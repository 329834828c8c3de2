import type { Connection } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { nearest } from "../lib/nearest.ts";

/** Another node, as the database remembers it. */
export interface Peer {
  readonly name: string;
  /** Origin of its API, without a slash at the end. */
  readonly url: string;
  /** An API key; never printed. */
  readonly token: string | undefined;
  readonly isDefault: boolean;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

interface PeerRow {
  name: string;
  url: string;
  token: string | null;
  is_default: number;
  created_at: number;
}

/** The name that always means the node on this machine. */
export const LOCAL_PEER = "local";

/** What is kept of a peer. */
export interface NewPeer {
  readonly name: string;
  readonly url: string;
  readonly token?: string | undefined;
  readonly makeDefault: boolean;
  readonly at: number;
}

/** Every peer, by name. */
export function readPeers(db: Pick<Connection, "all">): Peer[] {
  return db.all<PeerRow>("SELECT * FROM peers ORDER BY name").map(toPeer);
}

/**
 * Keeps a peer, replacing one of the same name; a token not given again is kept.
 * @throws {FaztError} `INVALID`
 */
export function putPeer(db: Connection, peer: NewPeer): Peer {
  const name = peerName(peer.name);
  const url = peerUrl(peer.url);
  if (peer.token !== undefined) checkToken(peer.token);
  const old = db.get<PeerRow>("SELECT * FROM peers WHERE name = ?", name);
  // A key must not reach an address it was not given for.
  const kept = old?.url === url ? old.token : null;
  if (peer.makeDefault) db.run("UPDATE peers SET is_default = 0");
  db.run(
    "INSERT INTO peers (name, url, token, is_default, created_at) VALUES (?, ?, ?, ?, ?) " +
      "ON CONFLICT (name) DO UPDATE SET url = excluded.url, token = excluded.token, " +
      "is_default = max(is_default, excluded.is_default)",
    name,
    url,
    peer.token ?? kept,
    peer.makeDefault ? 1 : 0,
    peer.at,
  );
  return readPeer(db, name);
}

/** One peer. @throws {FaztError} `NOT_FOUND` naming the nearest one. */
export function readPeer(db: Pick<Connection, "all">, name: string): Peer {
  const peers = readPeers(db);
  const found = peers.find((peer) => peer.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, peers.map((peer) => peer.name));
  throw new FaztError("NOT_FOUND", `There is no peer "${name.slice(0, 80)}"`, {
    hint: near
      ? `did you mean ${near}? fazt peer list shows them all`
      : `fazt peer add ${name.slice(0, 80)} --url URL`,
  });
}

/** Forgets a peer and its key. @throws {FaztError} `NOT_FOUND` */
export function dropPeer(db: Connection, name: string): void {
  readPeer(db, name);
  db.run("DELETE FROM peers WHERE name = ?", name);
}

/**
 * Makes a peer the one commands go to; {@link LOCAL_PEER} or undefined makes it the local node.
 * @throws {FaztError} `NOT_FOUND`
 */
export function chooseDefaultPeer(db: Connection, name: string | undefined): void {
  const none = name === undefined || name === LOCAL_PEER;
  if (!none) readPeer(db, name);
  db.run("UPDATE peers SET is_default = 0");
  if (!none) db.run("UPDATE peers SET is_default = 1 WHERE name = ?", name);
}

/** The origin of a peer's API. @throws {FaztError} `INVALID` for what is none. */
export function peerUrl(text: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  const shown = text.slice(0, 200);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new FaztError("INVALID", `Cannot use "${shown}" as an address`, {
      hint: "write the dashboard's address, such as https://admin.example.com",
    });
  }
  if (url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    throw new FaztError(
      "INVALID",
      // What stands before an @ may be a password.
      `Cannot use this address of ${url.host}: an address is scheme, host and port only`,
      { hint: `write ${url.origin}; a key is told by itself` },
    );
  }
  return url.origin;
}

function peerName(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name) && name !== LOCAL_PEER) return name;
  throw new FaztError("INVALID", `Cannot name a peer "${name.slice(0, 80)}"`, {
    hint: name === LOCAL_PEER
      ? "local is the node on this machine"
      : "use letters, digits, - and _, at most 63 of them",
  });
}

function checkToken(token: string): void {
  if (/^[\x21-\x7e]{1,500}$/.test(token)) return;
  throw new FaztError("INVALID", "Cannot use that key: it has characters no key has", {
    hint: "copy it once more",
  });
}

function toPeer(row: PeerRow): Peer {
  return {
    name: row.name,
    url: row.url,
    token: row.token ?? undefined,
    isDefault: row.is_default === 1,
    createdAt: row.created_at,
  };
}
