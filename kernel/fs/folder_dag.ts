import { encode, type PBLink, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { setImmediate } from "node:timers/promises";
import { cidFor, DAG_PB, fileTsize } from "./file_dag.ts";
import { shardNode } from "./hamt.ts";

/** Names and cids of a directory over which it is sharded, bytes (kubo's `HAMTShardingSize`). */
const SHARD_ABOVE = 262_144;
/** Links made between two breaths of the event loop. */
const LINKS_AT_ONCE = 2000;
const encoder = new TextEncoder();

/** A file as folders name it. */
export interface FolderFile {
  readonly path: string;
  readonly cid: string;
  /** Bytes. */
  readonly size: number;
}

/** The folders of a set of files. */
export interface FolderDag {
  /** By path, the top under `""`. */
  readonly folders: ReadonlyMap<string, { readonly cid: string; readonly tsize: number }>;
  /** Every directory block by its cid, shards too. */
  readonly nodes: ReadonlyMap<string, Uint8Array>;
}

/** A directory while its names are collected. */
type Tree = Map<string, FolderFile | Tree>;

/** The directory over these files. Where a file has the name of a folder the folder counts. */
function treeOf(files: Iterable<FolderFile>): Tree {
  const top: Tree = new Map();
  for (const file of files) {
    const names = file.path.split("/");
    const last = names.pop()!;
    let at = top;
    for (const name of names) {
      const below = at.get(name);
      if (below instanceof Map) at = below;
      else at.set(name, at = new Map());
    }
    if (!(at.get(last) instanceof Map)) at.set(last, file);
  }
  return top;
}

/**
 * The UnixFS directories over files, from what is known of the files alone: the blocks that
 * `ipfs add -r --cid-version=1` makes (IPLD UnixFS v1; directories over 256 KiB are sharded).
 * @throws {FaztError} `PATH_INVALID` for names made to collide in the shards' hash.
 */
export async function folderDag(files: Iterable<FolderFile>): Promise<FolderDag> {
  const folders = new Map<string, { readonly cid: string; readonly tsize: number }>();
  const nodes = new Map<string, Uint8Array>();
  let work = 0;

  const keep = (block: Uint8Array): CID => {
    const cid = cidFor(DAG_PB, block);
    nodes.set(cid.toString(), block);
    return cid;
  };
  const build = async (tree: Tree, path: string): Promise<{ cid: CID; tsize: number }> => {
    const links: PBLink[] = [];
    let estimate = 0;
    for (const [name, child] of tree) {
      if (++work % LINKS_AT_ONCE === 0) await setImmediate();
      const below = child instanceof Map
        ? await build(child, path === "" ? name : `${path}/${name}`)
        : { cid: CID.parse(child.cid), tsize: fileTsize(child.size) };
      estimate += encoder.encode(name).length + below.cid.byteLength;
      links.push({ Name: name, Tsize: below.tsize, Hash: below.cid });
    }
    const made = estimate > SHARD_ABOVE ? shardNode(links, keep) : flatNode(links, keep);
    folders.set(path, { cid: made.cid.toString(), tsize: made.tsize });
    return made;
  };
  await build(treeOf(files), "");
  return { folders, nodes };
}

function flatNode(links: PBLink[], keep: (block: Uint8Array) => CID): { cid: CID; tsize: number } {
  const data = new UnixFS({ type: "directory" }).marshal();
  const block = encode(prepare({ Data: data, Links: links }));
  return {
    cid: keep(block),
    tsize: block.length + links.reduce((n, link) => n + link.Tsize!, 0),
  };
}
