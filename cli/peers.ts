import {
  chooseDefaultPeer,
  dropPeer,
  LOCAL_PEER,
  type NewPeer,
  type Peer,
  peerUrl as originOf,
  putPeer,
  readPeer,
  readPeers,
} from "../kernel/peers/mod.ts";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import { changeDatabase, readDatabase } from "./local_database.ts";
import { usageError } from "./usage_error.ts";

export type { Peer } from "../kernel/peers/mod.ts";

/** The name that always means the node on this machine. */
export const LOCAL = LOCAL_PEER;

/** Every peer, by name. */
export function listPeers(dbPath: string): Peer[] {
  return readDatabase(dbPath, readPeers) ?? [];
}

/** The peer commands go to when none is named. */
export function defaultPeer(dbPath: string): Peer | undefined {
  return listPeers(dbPath).find((peer) => peer.isDefault);
}

/** @throws {FaztError} `NOT_FOUND` naming the nearest one. */
export function findPeer(dbPath: string, name: string): Peer {
  const peer = readDatabase(dbPath, (db) => readPeer(db, name));
  // There is no database yet, so no peer either.
  return peer ?? readPeer({ all: () => [] }, name);
}

/** Keeps a peer, replacing one of the same name; a token not given again is kept. */
export function addPeer(dbPath: string, peer: NewPeer): Peer {
  return typed(() => changeDatabase(dbPath, (db) => putPeer(db, peer)));
}

/** @throws {FaztError} `NOT_FOUND`. */
export function removePeer(dbPath: string, name: string): void {
  changeDatabase(dbPath, (db) => dropPeer(db, name));
}

/** Makes a peer the default; {@link LOCAL} or undefined makes the local node it again. */
export function setDefaultPeer(dbPath: string, name: string | undefined): void {
  changeDatabase(dbPath, (db) => chooseDefaultPeer(db, name));
}

/** The origin of a peer's API. @throws {FaztError} `USAGE` for what is none. */
export function peerUrl(text: string): string {
  return typed(() => originOf(text));
}

/** Whether what is sent there can be read on the way: plain HTTP beyond this machine. */
export function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === "http:" && !loopback;
}

/** What cannot be kept was mistyped. */
function typed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FaztError) || error.code !== "INVALID") throw error;
    throw usageError(error.message, error.hint ?? "fazt peer add --help");
  }
}
