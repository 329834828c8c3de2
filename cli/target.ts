import { FaztError } from "../kernel/lib/fazt_error.ts";
import { readDatabase } from "./local_database.ts";
import { defaultPeer, findPeer, LOCAL, type Peer } from "./peers.ts";

/** The node a command speaks to. */
export interface Target {
  /** The peer's name, or `local`. */
  readonly name: string;
  /** Origin of its API. */
  readonly url: string;
  readonly token: string | undefined;
  /** What to do when it does not answer. */
  readonly unreachableHint: string;
}

/** The record a running node keeps in its database. */
interface NodeRecord {
  readonly url: string;
  readonly token: string;
}

/**
 * The node to speak to: the peer that was named, else the default peer, else the node that
 * runs on the local database.
 * @throws {FaztError} `NOT_FOUND` for an unknown peer, `UNREACHABLE` when no node runs.
 */
export function resolveTarget(dbPath: string, peer: string | undefined): Target {
  if (peer === LOCAL) return localTarget(dbPath);
  const found = peer === undefined ? defaultPeer(dbPath) : findPeer(dbPath, peer);
  return found ? peerTarget(found) : localTarget(dbPath);
}

/** A peer as a target. */
export function peerTarget(peer: Peer): Target {
  return {
    name: peer.name,
    url: peer.url,
    token: peer.token,
    unreachableHint: "start that node or mend its address: fazt peer list shows it",
  };
}

/** The node that runs on the local database. */
export function localTarget(dbPath: string): Target {
  const hint = `fazt server start --db ${dbPath}`;
  const record = readNode(dbPath);
  if (record === undefined) {
    throw new FaztError("UNREACHABLE", `Cannot reach a node: none runs on ${dbPath}`, {
      hint: `${hint}, or fazt peer add NAME --url URL for one elsewhere`,
    });
  }
  return { name: LOCAL, url: record.url, token: record.token, unreachableHint: hint };
}

function readNode(dbPath: string): NodeRecord | undefined {
  const rows = readDatabase(
    dbPath,
    (db) => db.all<{ key: string; value: string }>("SELECT key, value FROM node"),
  );
  const record = new Map(rows?.map((row) => [row.key, row.value]));
  const url = record.get("url");
  const token = record.get("token");
  return url === undefined || token === undefined ? undefined : { url, token };
}
