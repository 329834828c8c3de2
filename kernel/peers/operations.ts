import { operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import {
  chooseDefaultPeer,
  dropPeer,
  LOCAL_PEER,
  type NewPeer,
  putPeer,
  readPeer,
  readPeers,
} from "./peer_rows.ts";

/** Adds a peer; one that is there already is not replaced. */
export const addPeer = operation("peers.add", (db, p: NewPeer) => {
  if (readPeers(db).some(({ name }) => name === p.name)) {
    throw new FaztError("NAME_TAKEN", `Cannot add the peer "${p.name}": there is one`, {
      status: 409,
      hint: "change it, or remove it first",
    });
  }
  putPeer(db, p);
});

/** Changes a peer; false for `makeDefault` makes the local node the default again. */
export const changePeer = operation("peers.change", (db, p: {
  readonly name: string;
  readonly url: string | null;
  readonly token: string | null;
  readonly makeDefault: boolean | null;
}) => {
  const old = readPeer(db, p.name);
  if (p.url !== null || p.token !== null) {
    putPeer(db, {
      name: p.name,
      url: p.url ?? old.url,
      token: p.token ?? undefined,
      makeDefault: false,
      at: old.createdAt,
    });
  }
  if (p.makeDefault === true) chooseDefaultPeer(db, p.name);
  else if (p.makeDefault === false && old.isDefault) chooseDefaultPeer(db, LOCAL_PEER);
});

export const removePeer = operation(
  "peers.remove",
  (db, p: { readonly name: string }) => dropPeer(db, p.name),
  { essential: true },
);

/** The writes of peers. */
export const PEER_WRITES = [addPeer, changePeer, removePeer];
