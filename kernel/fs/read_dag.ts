import { decode, type PBLink } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { FaztError } from "../lib/fazt_error.ts";
import { type CarBlocks, carInvalid, tooMany } from "./car_reader.ts";
import { supported } from "./cid_forms.ts";
import { cidFor, DAG_PB, wrappedLeaf } from "./file_dag.ts";
import { vfsPath } from "./vfs_path.ts";

/** Levels of nodes below one another: of a balanced file of 2 links a node more than can be. */
const MAX_DEPTH = 64;
/** Most bytes of nodes that are kept beside the content itself. */
const MAX_NODE_BYTES = 16_777_216;

/** How much of a DAG is read at most. */
export interface DagLimits {
  /** Links that are followed. */
  readonly links: number;
  /** Names. */
  readonly entries: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all of them. */
  readonly totalBytes: number;
}

/** One file of a DAG. */
export interface ImportedFile {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  /** Its bytes; may be read again and again. */
  readonly content: () => ReadableStream<Uint8Array>;
}

/** What the root of a DAG holds. */
export interface Imported {
  readonly kind: "file" | "folder";
  readonly cid: string;
  /** A lone file has the path `""`. */
  readonly files: readonly ImportedFile[];
  /** Every folder, the top too, under `""`. */
  readonly folders: readonly { readonly path: string; readonly cid: string }[];
  /** The dag-pb blocks that cannot be made again from content. */
  readonly nodes: ReadonlyMap<string, Uint8Array>;
}

interface Leaf {
  readonly cid: string;
  readonly raw: boolean;
}

interface FileShape {
  readonly size: number;
  readonly leaves: readonly Leaf[];
}

/**
 * Reads the UnixFS below a CAR's root: files, folders and sharded folders, in anybody's layout.
 * @throws {FaztError} `CAR_INVALID` for what is missing, no UnixFS or contradicts itself;
 *   `CAR_TOO_LARGE`, `TOO_LARGE`, `PATH_INVALID`.
 */
export async function readDag(blocks: CarBlocks, limits: DagLimits): Promise<Imported> {
  return await new DagReader(blocks, limits).read();
}

class DagReader {
  readonly #files: ImportedFile[] = [];
  readonly #folders: { path: string; cid: string }[] = [];
  readonly #nodes = new Map<string, Uint8Array>();
  readonly #shapes = new Map<string, FileShape>();
  readonly #names = new Set<string>();
  #links = 0;
  #bytes = 0;
  #nodeBytes = 0;

  constructor(private readonly blocks: CarBlocks, private readonly limits: DagLimits) {}

  async read(): Promise<Imported> {
    const { root } = this.blocks;
    await this.#entry(root.text, "", 0);
    const kind = this.#folders.length > 0 ? "folder" : "file";
    return {
      kind,
      cid: root.text,
      files: this.#files,
      folders: this.#folders,
      nodes: this.#nodes,
    };
  }

  /** A file or folder at a path. */
  async #entry(cid: string, path: string, depth: number): Promise<void> {
    if (this.#files.length + this.#folders.length >= this.limits.entries) {
      throw this.#tooManyNames();
    }
    if (depth > MAX_DEPTH) throw carInvalid(`it is deeper than ${MAX_DEPTH} folders`);
    const raw = isRaw(cid);
    const node = raw ? undefined : await this.#node(cid);
    if (node === undefined || node.unixfs.type === "file" || node.unixfs.type === "raw") {
      const shape = await this.#file(cid);
      this.#bytes += shape.size;
      if (this.#bytes > this.limits.totalBytes) {
        throw tooLarge("the whole of it", "limits.vfs.appMb", this.limits.totalBytes);
      }
      this.#files.push({ path, cid, size: shape.size, content: () => this.#content(shape) });
      return;
    }
    this.#folders.push({ path, cid });
    this.#keep(cid, node.block);
    await this.#folder(node, { path, depth, shards: 0 });
  }

  async #folder(
    { unixfs, links }: Node,
    at: { readonly path: string; readonly depth: number; readonly shards: number },
  ): Promise<void> {
    if (unixfs.type === "directory") {
      for (const link of links) await this.#named(link, link.Name ?? "", at);
      return;
    }
    if (unixfs.type !== "hamt-sharded-directory") {
      throw carInvalid(`it holds a ${unixfs.type}, only files and folders are taken`);
    }
    const fanout = Number(unixfs.fanout ?? 0);
    if (fanout < 8 || fanout > 1024 || (fanout & (fanout - 1)) !== 0) {
      throw carInvalid("a sharded folder is not built as one");
    }
    const digits = (fanout - 1).toString(16).length;
    for (const link of links) {
      const name = link.Name ?? "";
      if (!/^[0-9A-F]+$/.test(name.slice(0, digits)) || name.length < digits) {
        throw carInvalid("a sharded folder is not built as one");
      }
      if (name.length > digits) {
        await this.#named(link, name.slice(digits), at);
        continue;
      }
      if (at.shards >= MAX_DEPTH) throw carInvalid("a sharded folder is too deep");
      const cid = this.#follow(link);
      const shard = isRaw(cid) ? undefined : await this.#node(cid);
      if (shard?.unixfs.type !== "hamt-sharded-directory") {
        throw carInvalid("a sharded folder is not built as one");
      }
      this.#keep(cid, shard.block);
      await this.#folder(shard, { ...at, shards: at.shards + 1 });
    }
  }

  async #named(
    link: PBLink,
    name: string,
    { path: above, depth }: { readonly path: string; readonly depth: number },
  ): Promise<void> {
    const path = above === "" ? name : `${above}/${name}`;
    if (name.includes("/") || vfsPath(path) !== path) {
      throw carInvalid(`a name in it is none: ${JSON.stringify(name.slice(0, 100))}`);
    }
    if (this.#names.has(path)) throw carInvalid(`it has two times ${JSON.stringify(path)}`);
    this.#names.add(path);
    await this.#entry(this.#follow(link), path, depth + 1);
  }

  /** What a file is made of; looked at once, however often it is named. */
  async #file(cid: string): Promise<FileShape> {
    let shape = this.#shapes.get(cid);
    if (shape === undefined) {
      const leaves: Leaf[] = [];
      const size = await this.#part(cid, leaves, 0);
      this.#shapes.set(cid, shape = { size, leaves });
    }
    return shape;
  }

  /** Adds the leaves below a part of a file; returns the bytes they hold. */
  async #part(cid: string, leaves: Leaf[], depth: number): Promise<number> {
    if (depth > MAX_DEPTH) throw carInvalid("a file in it is too deep");
    if (isRaw(cid)) {
      leaves.push({ cid, raw: true });
      return (await this.#block(cid)).length;
    }
    const { unixfs, links, block } = await this.#node(cid);
    if (unixfs.type !== "file" && unixfs.type !== "raw") {
      throw carInvalid(`a file in it has a part that is a ${unixfs.type}`);
    }
    const size = Number(unixfs.fileSize());
    if (size > this.limits.fileBytes) {
      throw tooLarge("a file in it", "limits.vfs.fileMb", this.limits.fileBytes);
    }
    const data = unixfs.data ?? new Uint8Array();
    if (links.length === 0) {
      if (size !== data.length) throw carInvalid("a file in it has not the size it says");
      const again = cidFor(DAG_PB, wrappedLeaf(data)).toString();
      if (again !== cid) this.#keep(cid, block);
      leaves.push({ cid, raw: false });
      return size;
    }
    if (data.length > 0 || links.length !== unixfs.blockSizes.length) {
      throw carInvalid("a file in it is not built as one");
    }
    this.#keep(cid, block);
    for (const [i, link] of links.entries()) {
      const bytes = await this.#part(this.#follow(link), leaves, depth + 1);
      if (BigInt(bytes) !== unixfs.blockSizes[i]) {
        throw carInvalid("a file in it has not the size it says");
      }
    }
    return size;
  }

  #content(shape: FileShape): ReadableStream<Uint8Array> {
    let next = 0;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const leaf = shape.leaves[next++];
        if (leaf === undefined) return controller.close();
        const block = await this.#block(leaf.cid);
        controller.enqueue(
          leaf.raw ? block : UnixFS.unmarshal(decode(block).Data!).data ?? NOTHING,
        );
      },
    }, { highWaterMark: 0 });
  }

  async #node(cid: string): Promise<Node> {
    const block = await this.#block(cid);
    try {
      const { Data, Links } = decode(block);
      return { unixfs: UnixFS.unmarshal(Data!), links: Links, block };
    } catch {
      throw carInvalid(`${cid} is no UnixFS`);
    }
  }

  #block(cid: string): Promise<Uint8Array> {
    const block = this.blocks.block(cid);
    if (block === undefined) throw carInvalid(`it lacks the block ${cid}`);
    return block;
  }

  #follow(link: PBLink): string {
    if (++this.#links > this.limits.links) throw tooMany(this.limits.links);
    const cid = supported(link.Hash);
    if (cid === "unsupported") throw carInvalid("it links to what is no part of a UnixFS");
    return cid.text;
  }

  #keep(cid: string, block: Uint8Array): void {
    if (this.#nodes.has(cid)) return;
    this.#nodeBytes += block.length;
    if (this.#nodeBytes > MAX_NODE_BYTES) {
      throw carInvalid(`its nodes beside the content are over ${MAX_NODE_BYTES} bytes`);
    }
    this.#nodes.set(cid, block);
  }

  #tooManyNames(): FaztError {
    const max = this.limits.entries;
    return new FaztError("TOO_MANY_FILES", `Cannot import the CAR: it has more than ${max} names`, {
      hint: "fazt config set limits.deploy.entries <n> raises the limit",
      status: 413,
      details: { limit: "deploy.entries", max },
    });
  }
}

interface Node {
  readonly unixfs: UnixFS;
  readonly links: readonly PBLink[];
  readonly block: Uint8Array;
}

const NOTHING = new Uint8Array();

/** By the first letters of its one form: version, codec and hash are always the same bytes. */
const isRaw = (cid: string) => cid.startsWith("bafkrei");

function tooLarge(what: string, setting: string, max: number): FaztError {
  return new FaztError(
    "TOO_LARGE",
    `Cannot import the CAR: ${what} is larger than ${max} bytes`,
    {
      hint: `fazt config set ${setting} <MiB> raises the limit`,
      details: { limit: setting.replace("limits.", ""), max },
    },
  );
}
