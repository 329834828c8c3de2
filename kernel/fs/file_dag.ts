import { encode, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { create as multihash } from "multiformats/hashes/digest";
import { createHash } from "node:crypto";

/** Bytes of one chunk, in the database and as an IPFS leaf. */
export const CHUNK_BYTES = 262_144;
/** Children of one node of the DAG, the default of IPFS's own tools. */
const WIDTH = 174;
/** Multicodec of content without structure. */
export const RAW = 0x55;
/** Multicodec of UnixFS nodes. */
export const DAG_PB = 0x70;
/** Multihash of every cid of ours. */
export const SHA2_256 = 0x12;

/** A part of a file's DAG. */
export interface FilePart {
  readonly cid: CID;
  /** Bytes of the file below this node. */
  readonly fileSize: number;
  /** Bytes of the blocks of this node and all below it. */
  readonly blockSize: number;
}

/** A node that joins parts. */
export interface FileNode extends FilePart {
  readonly block: Uint8Array;
  readonly children: readonly (FilePart | FileNode)[];
}

/** The CIDv1 of a block. */
export function cidFor(codec: number, block: Uint8Array): CID {
  return CID.createV1(codec, multihash(SHA2_256, createHash("sha256").update(block).digest()));
}

/** The leaf that a chunk is, by the SHA-256 of its bytes. */
export function leafOf(hash: Uint8Array, size: number): FilePart {
  return { cid: CID.createV1(RAW, multihash(SHA2_256, hash)), fileSize: size, blockSize: size };
}

function encodeParent(children: readonly FilePart[]): Uint8Array {
  const file = new UnixFS({
    type: "file",
    blockSizes: children.map((child) => BigInt(child.fileSize)),
  });
  return encode(prepare({
    Data: file.marshal(),
    Links: children.map((child) => ({ Name: "", Tsize: child.blockSize, Hash: child.cid })),
  }));
}

/** The leaf that older tools make of a chunk: a UnixFS file that holds its bytes itself. */
export function wrappedLeaf(bytes: Uint8Array): Uint8Array {
  return encode(prepare({ Data: new UnixFS({ type: "file", data: bytes }).marshal(), Links: [] }));
}

const sum = (children: readonly FilePart[], pick: (child: FilePart) => number) =>
  children.reduce((n, child) => n + pick(child), 0);

/** Joins parts under one parent: a UnixFS file whose links are the parts in order. */
function parentOf(children: readonly FilePart[]): FileNode {
  const block = encodeParent(children);
  return {
    cid: cidFor(DAG_PB, block),
    fileSize: sum(children, (child) => child.fileSize),
    blockSize: block.length + sum(children, (child) => child.blockSize),
    block,
    children,
  };
}

/** The balanced DAG over the leaves of a file; one leaf is its own root. */
export function fileDag(leaves: readonly FilePart[]): FilePart | FileNode {
  let level: readonly FilePart[] = leaves;
  while (level.length > 1) {
    const above: FilePart[] = [];
    for (let i = 0; i < level.length; i += WIDTH) above.push(parentOf(level.slice(i, i + WIDTH)));
    level = above;
  }
  return level[0]!;
}

/** Any cid of the length that all of ours have: lengths of nodes hang on nothing else of it. */
const SOME_CID = cidFor(RAW, new Uint8Array());

/**
 * Bytes of all blocks of a file's DAG, by its size alone: what directories call `Tsize`. Of each
 * level only two nodes differ: the full ones and the last.
 */
export function fileTsize(size: number): number {
  let count = Math.max(1, Math.ceil(size / CHUNK_BYTES));
  const part = (bytes: number): FilePart => ({
    cid: SOME_CID,
    fileSize: bytes,
    blockSize: bytes,
  });
  let full = part(CHUNK_BYTES);
  let last = part(size - (count - 1) * CHUNK_BYTES);
  while (count > 1) {
    const above = Math.ceil(count / WIDTH);
    const rest = count - (above - 1) * WIDTH;
    const sized = (children: readonly FilePart[]): FilePart => ({
      cid: SOME_CID,
      fileSize: sum(children, (child) => child.fileSize),
      blockSize: encodeParent(children).length + sum(children, (child) => child.blockSize),
    });
    const next = sized([...new Array<FilePart>(rest - 1).fill(full), last]);
    if (above > 1) full = sized(new Array<FilePart>(WIDTH).fill(full));
    last = next;
    count = above;
  }
  return last.blockSize;
}
