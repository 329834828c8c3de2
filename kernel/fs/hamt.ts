import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import { FaztError } from "../lib/fazt_error.ts";
import { murmur3 } from "./murmur3.ts";

/** Places of one shard: a byte of the hash picks one. */
const FANOUT = 256;
/** A hash of 64 bits is used up after as many levels. */
const LEVELS = 8;
const MURMUR3_X64_64 = 0x22n;
const encoder = new TextEncoder();

interface Hashed {
  readonly link: PBLink;
  readonly hash: bigint;
}

/**
 * A directory too large for one block, as a hash array mapped trie (UnixFS spec,
 * `hamt-sharded-directory`): each shard has a place for every value of a byte of the name's hash.
 * @param keep takes each block and gives its cid
 * @throws {FaztError} `PATH_INVALID` where names share their whole hash.
 */
export function shardNode(
  links: readonly PBLink[],
  keep: (block: Uint8Array) => CID,
): { readonly cid: CID; readonly tsize: number } {
  const hashed = links.map((link) => ({ link, hash: murmur3(encoder.encode(link.Name)) }));
  return shard(hashed, { level: 0, keep });
}

function shard(
  entries: readonly Hashed[],
  { level, keep }: { readonly level: number; readonly keep: (block: Uint8Array) => CID },
): { readonly cid: CID; readonly tsize: number } {
  if (level === LEVELS) {
    throw new FaztError("PATH_INVALID", "Cannot name this folder: file names collide", {
      hint: "two of its names were made to have one hash; rename one",
      status: 422,
    });
  }
  const places = new Map<number, Hashed[]>();
  for (const entry of entries) {
    const place = Number((entry.hash >> BigInt(56 - 8 * level)) & 255n);
    const there = places.get(place);
    if (there === undefined) places.set(place, [entry]);
    else there.push(entry);
  }
  const links: PBLink[] = [];
  const field = new Uint8Array(FANOUT / 8);
  for (const [place, there] of [...places].sort(([a], [b]) => a - b)) {
    field[field.length - 1 - (place >> 3)]! |= 1 << (place & 7);
    const label = place.toString(16).toUpperCase().padStart(2, "0");
    const [{ link }] = there as [Hashed];
    if (there.length === 1) {
      links.push({ ...link, Name: label + link.Name });
    } else {
      const below = shard(there, { level: level + 1, keep });
      links.push({ Name: label, Tsize: below.tsize, Hash: below.cid });
    }
  }
  const data = new UnixFS({
    type: "hamt-sharded-directory",
    data: field.subarray(field.findIndex((byte) => byte !== 0)),
    fanout: BigInt(FANOUT),
    hashType: MURMUR3_X64_64,
  }).marshal();
  const block = encode(prepare({ Data: data, Links: links }));
  return {
    cid: keep(block),
    tsize: block.length + links.reduce((n, link) => n + link.Tsize!, 0),
  };
}
