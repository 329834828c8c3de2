import { decode, type PBNode } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import {
  CHUNK_BYTES,
  cidFor,
  DAG_PB,
  fileDag,
  type FileNode,
  type FilePart,
  leafOf,
  RAW,
  wrappedLeaf,
} from "./file_dag.ts";
import { supported } from "./cid_forms.ts";

/** Chunks hashed between two breaths of the event loop. */
const CHUNKS_AT_ONCE = 8;

/** One block with its cid as it is linked to. */
export interface Block {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

/** Where the blocks of a DAG come from. */
export interface DagSource {
  /** A dag-pb block that is kept as it is: of a folder, or of a file that others laid out. */
  readonly node: (cid: string) => Uint8Array | undefined;
  /** The file whose DAG has this root. */
  readonly file: (cid: string) => { readonly blobCid: string; readonly size: number } | undefined;
  /** Bytes `start` to `end` (exclusive) of a stored blob. */
  readonly read: (blobCid: string, start: number, end: number) => Uint8Array;
}

/** What {@link dagBlocks} walks with. */
interface Walk {
  readonly source: DagSource;
  readonly seen: Set<string>;
}

/** A file while its leaves are counted off. */
interface Reading {
  readonly blobCid: string;
  readonly size: number;
}

/**
 * Every block of a DAG depth first, a parent before its children, each once: the order of a CAR
 * that is read as it comes.
 */
export async function* dagBlocks(root: CID, source: DagSource): AsyncGenerator<Block> {
  yield* walk(root, { source, seen: new Set() });
}

async function* walk(cid: CID, on: Walk): AsyncGenerator<Block> {
  const key = keyOf(cid);
  if (on.seen.has(key)) return;
  const file = on.source.file(key);
  const block = on.source.node(key);
  if (file !== undefined) {
    yield* block !== undefined || file.blobCid !== key
      ? foreignFile(cid, { file, start: 0, end: file.size }, on)
      : ownFile(cid, file, on);
    return;
  }
  if (block === undefined) throw new Error(`block ${key} is gone`);
  on.seen.add(key);
  yield { cid, bytes: block };
  for (const link of decode(block).Links) yield* walk(link.Hash, on);
}

/** A file in our own layout: its nodes are made again from its chunks. */
async function* ownFile(cid: CID, file: Reading, on: Walk): AsyncGenerator<Block> {
  if (cid.code === RAW) {
    on.seen.add(keyOf(cid));
    yield { cid, bytes: on.source.read(file.blobCid, 0, file.size) };
    return;
  }
  const leaves: FilePart[] = [];
  for (let at = 0; at < file.size; at += CHUNK_BYTES) {
    const chunk = on.source.read(file.blobCid, at, Math.min(file.size, at + CHUNK_BYTES));
    leaves.push(leafOf(createHash("sha256").update(chunk).digest(), chunk.length));
    if (leaves.length % CHUNKS_AT_ONCE === 0) await setImmediate();
  }
  yield* ownPart(fileDag(leaves), { file, start: 0 }, on);
}

function* ownPart(
  part: FilePart | FileNode,
  { file, start }: { readonly file: Reading; readonly start: number },
  on: Walk,
): Generator<Block> {
  const key = keyOf(part.cid);
  if (on.seen.has(key)) return;
  on.seen.add(key);
  if (!("children" in part)) {
    const bytes = on.source.read(file.blobCid, start, start + part.fileSize);
    yield { cid: part.cid, bytes };
    return;
  }
  yield { cid: part.cid, bytes: part.block };
  let at = start;
  for (const child of part.children) {
    yield* ownPart(child, { file, start: at }, on);
    at += child.fileSize;
  }
}

/** A file that others laid out: its nodes are kept, its raw leaves are parts of the blob. */
async function* foreignFile(
  cid: CID,
  { file, start, end }: { readonly file: Reading; readonly start: number; readonly end: number },
  on: Walk,
): AsyncGenerator<Block> {
  const key = keyOf(cid);
  if (on.seen.has(key)) return;
  on.seen.add(key);
  if (cid.code === RAW) {
    yield { cid, bytes: on.source.read(file.blobCid, start, end) };
    return;
  }
  const block = on.source.node(key) ?? wrappedLeaf(on.source.read(file.blobCid, start, end));
  if (keyOf(cidFor(DAG_PB, block)) !== key) throw new Error(`block ${key} is gone`);
  yield { cid, bytes: block };
  const node: PBNode = decode(block);
  const { blockSizes } = UnixFS.unmarshal(node.Data!);
  let at = start;
  for (const [i, link] of node.Links.entries()) {
    const next = at + Number(blockSizes[i]);
    yield* foreignFile(link.Hash, { file, start: at, end: next }, on);
    at = next;
  }
}

function keyOf(cid: CID): string {
  const known = supported(cid);
  if (known === "unsupported") throw new Error(`${cid} is no block of a UnixFS`);
  return known.text;
}
