import { decode } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { Block, DagSource } from "../fs/mod.ts";

/** The blocks of one folder alone: itself, and its shards where it has some. */
export function ownBlocks(cid: string, source: DagSource): ReadonlySet<string> {
  const own = new Set<string>();
  const add = (key: string): void => {
    const block = source.node(key);
    if (block === undefined || own.has(key)) return;
    own.add(key);
    const { Data, Links } = decode(block);
    const { type, fanout } = UnixFS.unmarshal(Data!);
    if (type !== "hamt-sharded-directory") return;
    const digits = (Number(fanout) - 1).toString(16).length;
    for (const { Name, Hash } of Links) if (Name?.length === digits) add(Hash.toV1().toString());
  };
  add(cid);
  return own;
}

/** Those of the blocks that are wanted, until all of them came. */
export async function* only(
  blocks: AsyncIterable<Block>,
  wanted: ReadonlySet<string>,
): AsyncGenerator<Block> {
  let left = wanted.size;
  for await (const block of blocks) {
    if (!wanted.has(block.cid.toV1().toString())) continue;
    yield block;
    if (--left === 0) return;
  }
}
