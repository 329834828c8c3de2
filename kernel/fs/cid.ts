import { encode, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { create as multihash } from "multiformats/hashes/digest";
import { createHash } from "node:crypto";

/** Bytes of one chunk, in the database and as an IPFS leaf. */
export const CHUNK_BYTES = 262_144;
/** Children of one node of the DAG, the default of IPFS's own tools. */
const WIDTH = 174;
const RAW = 0x55;
const DAG_PB = 0x70;
const SHA2_256 = 0x12;

interface Node {
  readonly cid: CID;
  /** Bytes of the file below this node. */
  readonly fileSize: number;
  /** Bytes of the blocks of this node and all below it. */
  readonly blockSize: number;
}

function cidFor(codec: number, block: Uint8Array): CID {
  return CID.createV1(codec, multihash(SHA2_256, createHash("sha256").update(block).digest()));
}

/** Joins nodes under one parent: a UnixFS file whose links are the parts in order. */
function parentOf(children: readonly Node[]): Node {
  const file = new UnixFS({
    type: "file",
    blockSizes: children.map((child) => BigInt(child.fileSize)),
  });
  const block = encode(prepare({
    Data: file.marshal(),
    Links: children.map((child) => ({ Name: "", Tsize: child.blockSize, Hash: child.cid })),
  }));
  const sum = (pick: (child: Node) => number) => children.reduce((n, c) => n + pick(c), 0);
  return {
    cid: cidFor(DAG_PB, block),
    fileSize: sum((child) => child.fileSize),
    blockSize: block.length + sum((child) => child.blockSize),
  };
}

/**
 * Computes the CIDv1 of a file piece by piece: raw leaves of 256 KiB under a balanced UnixFS DAG,
 * as IPFS tools do with `--cid-version=1` (IPLD UnixFS v1 spec). One chunk is its own leaf.
 */
export class CidBuilder {
  readonly #leaves: Node[] = [];
  #hash = createHash("sha256");
  #inChunk = 0;
  #size = 0;

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): this {
    let rest = bytes;
    while (rest.length > 0) {
      const part = rest.subarray(0, CHUNK_BYTES - this.#inChunk);
      this.#hash.update(part);
      this.#inChunk += part.length;
      this.#size += part.length;
      if (this.#inChunk === CHUNK_BYTES) this.#closeChunk();
      rest = rest.subarray(part.length);
    }
    return this;
  }

  /** The cid, base32. The builder is used up. */
  digest(): string {
    if (this.#inChunk > 0 || this.#leaves.length === 0) this.#closeChunk();
    let level: Node[] = this.#leaves;
    while (level.length > 1) {
      const above: Node[] = [];
      for (let i = 0; i < level.length; i += WIDTH) above.push(parentOf(level.slice(i, i + WIDTH)));
      level = above;
    }
    return level[0]!.cid.toString();
  }

  #closeChunk(): void {
    const cid = CID.createV1(RAW, multihash(SHA2_256, this.#hash.digest()));
    this.#leaves.push({ cid, fileSize: this.#inChunk, blockSize: this.#inChunk });
    this.#hash = createHash("sha256");
    this.#inChunk = 0;
  }
}

/** The cid of bytes in memory. */
export function cidOf(bytes: Uint8Array): string {
  return new CidBuilder().update(bytes).digest();
}

/** Whether `text` is written as our cids are: CIDv1, base32, sha2-256, raw or dag-pb. */
export function isCid(text: string): boolean {
  return /^baf(?:krei|ybei)[a-z2-7]{52}$/.test(text);
}
