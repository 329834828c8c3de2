import type { Connection } from "../kernel/db/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { nearest } from "../kernel/lib/nearest.ts";
import { changeDatabase, readDatabase } from "./local_database.ts";
import { usageError } from "./usage_error.ts";

/** Another node, as the local database remembers it. */
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
export const LOCAL = "local";

/** Every peer, by name. */
export function listPeers(dbPath: string): Peer[] {
  return readDatabase(dbPath, (db) => db.all<PeerRow>("SELECT * FROM peers ORDER BY name"))
    ?.map(toPeer) ?? [];
}

/** The peer commands go to when none is named. */
export function defaultPeer(dbPath: string): Peer | undefined {
  return listPeers(dbPath).find((peer) => peer.isDefault);
}

/** @throws {FaztError} `NOT_FOUND` naming the nearest one. */
export function findPeer(dbPath: string, name: string): Peer {
  const peers = listPeers(dbPath);
  return peers.find((peer) => peer.name === name) ?? fail(name, peers.map((peer) => peer.name));
}

/** What {@link addPeer} keeps. */
export interface NewPeer {
  readonly name: string;
  readonly url: string;
  readonly token?: string | undefined;
  readonly makeDefault: boolean;
  readonly at: number;
}

/** Keeps a peer, replacing one of the same name; a token not given again is kept. */
export function addPeer(dbPath: string, peer: NewPeer): Peer {
  const name = peerName(peer.name);
  const url = peerUrl(peer.url);
  return changeDatabase(dbPath, (db) => {
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
    return toPeer(db.get<PeerRow>("SELECT * FROM peers WHERE name = ?", name)!);
  });
}

/** @throws {FaztError} `NOT_FOUND`. */
export function removePeer(dbPath: string, name: string): void {
  changeDatabase(dbPath, (db) => {
    if (db.run("DELETE FROM peers WHERE name = ?", name) === 0) fail(name, names(db));
  });
}

/** Makes a peer the default; {@link LOCAL} or undefined makes the local node it again. */
export function setDefaultPeer(dbPath: string, name: string | undefined): void {
  changeDatabase(dbPath, (db) => {
    db.run("UPDATE peers SET is_default = 0");
    if (name === undefined || name === LOCAL) return;
    if (db.run("UPDATE peers SET is_default = 1 WHERE name = ?", name) === 0) {
      fail(name, names(db));
    }
  });
}

/** The origin of a peer's API. @throws {FaztError} `USAGE` for what is none. */
export function peerUrl(text: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw usageError(
      `Cannot use "${text}" as an address`,
      "write the dashboard's address, such as https://admin.example.com",
    );
  }
  if (url.username || url.password || url.search || url.hash || url.pathname !== "/") {
    throw usageError(
      `Cannot use "${text}": an address is scheme, host and port only`,
      `write ${url.origin}; a key goes into --token`,
    );
  }
  return url.origin;
}

/** Whether what is sent there can be read on the way: plain HTTP beyond this machine. */
export function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === "http:" && !loopback;
}

function peerName(name: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name) && name !== LOCAL) return name;
  throw usageError(
    `Cannot name a peer "${name}"`,
    name === LOCAL
      ? "local is the node on this machine"
      : "use letters, digits, - and _, at most 63 of them",
  );
}

function names(db: Connection): string[] {
  return db.all<{ name: string }>("SELECT name FROM peers").map((row) => row.name);
}

function fail(name: string, known: readonly string[]): never {
  const near = nearest(name, known);
  throw new FaztError("NOT_FOUND", `There is no peer "${name}"`, {
    hint: near
      ? `did you mean ${near}? fazt peer list shows them all`
      : `fazt peer add ${name} --url URL`,
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
