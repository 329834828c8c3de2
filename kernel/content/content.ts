import { CID } from "multiformats/cid";
import { dirname } from "node:path";
import { spool } from "../apps/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import {
  type Block,
  dagBlocks,
  type DagSource,
  folderDag,
  type Imported,
  isHiddenPath,
  readCar,
  readDag,
  type Vfs,
  vfsPath,
} from "../fs/mod.ts";
import { ByteLru } from "../lib/byte_lru.ts";
import { MIB } from "../lib/bytes.ts";
import type { Clock } from "../lib/clock.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { Finder, type FinderDeps } from "./finder.ts";
import { listEntries } from "./listing.ts";
import {
  assertRoom,
  pinContent,
  type PinEntry,
  type PinParams,
  readNodes,
  readTree,
  type TreeRow,
  unpinContent,
} from "./operations.ts";
import { only, ownBlocks } from "./own_blocks.ts";
import { allPins, onePin, pinName } from "./pins.ts";
import type { FolderPlace, ListedEntry, Pin, Place, Reader, Tree } from "./place.ts";

/** What {@link Content} works with. */
export interface ContentDeps extends FinderDeps {
  readonly db: Database;
  readonly vfs: Vfs;
  readonly settings: Settings;
  readonly clock: Clock;
}

/** Whose a pin is and how it is shown. */
export interface PinOptions {
  /** `""` is the owner's. */
  readonly appId: string;
  readonly userId: string;
  /** Default: its cid. */
  readonly name?: string | undefined;
  /** Whether visitors may read it at `/ipfs/`. */
  readonly public: boolean;
}

/** Blobs the node lacks: nothing changed; upload them and ask again. */
export interface PinMissing {
  readonly missing: readonly string[];
}

/** How much of a DAG is wanted: one block, a file or one folder's own blocks, or everything. */
export type DagScope = "block" | "entity" | "all";

/** Memory for what cids lead to; each is counted as this much. */
const FOUND_LIMIT = 2 * MIB;
const FOUND_BYTES = 500;

/** Content by its id: who may have it, what is pinned, and the blocks it is made of. */
export class Content {
  readonly #finder: Finder;
  /** What visitors asked for: null is nothing they may have. */
  readonly #open = new ByteLru<Place | null>(FOUND_LIMIT);

  constructor(private readonly deps: ContentDeps) {
    this.#finder = new Finder(deps);
  }

  /** Content by its cid (in its one form), if the reader may have it. */
  find(cid: string, reader: Reader): Place | undefined {
    if (reader !== "visitor") return this.#finder.find(cid, reader);
    const known = this.#open.get(cid);
    if (known !== undefined) return known ?? undefined;
    const found = this.#finder.find(cid, reader);
    this.#open.set(cid, found ?? null, FOUND_BYTES);
    return found;
  }

  /** Forgets what visitors may have: an app or a pin has changed. */
  changed(): void {
    this.#open.clear();
  }

  /**
   * Refuses content that an app could not pin, before it is stored.
   * @throws {FaztError} `QUOTA`
   */
  assertRoom(appId: string, size: number): void {
    assertRoom(this.deps.db.reader, { appId, max: this.#max(appId) }, size);
  }

  /** What lies at a path (without slashes at its ends) below a folder. */
  below(folder: FolderPlace, path: string): Place | undefined {
    if (path === "") return folder;
    return this.#finder.at(folder.tree, folder.path === "" ? path : `${folder.path}/${path}`);
  }

  /** What a revision has at a path: the whole of it for its owner, or what visitors may have. */
  inRevision(
    revision: { readonly appId: string; readonly n: number; readonly hasServer: boolean },
    path: string,
    { whole = true }: { readonly whole?: boolean } = {},
  ): Place | undefined {
    const { appId, n, hasServer } = revision;
    return this.#finder.at({ of: "revision", appId, revision: n, whole, hasServer }, path);
  }

  /** The same of the revision that an app runs on. */
  inCurrent(
    appId: string,
    path: string,
    options: { readonly whole?: boolean } = {},
  ): Place | undefined {
    const row = this.deps.db.reader.get<{ n: number; server: number }>(
      "SELECT r.n, r.module_cid IS NOT NULL AS server FROM apps a JOIN revisions r " +
        "ON r.app_id = a.id AND r.n = a.current_revision WHERE a.id = ?",
      appId,
    );
    return row && this.inRevision({ appId, n: row.n, hasServer: row.server === 1 }, path, options);
  }

  /** The names in a folder, folders first. */
  async list(folder: FolderPlace): Promise<ListedEntry[]> {
    const { tree, path } = folder;
    const rows = await this.#rows(tree, path);
    const cidOf = (at: string) => this.#finder.at(tree, at)?.cid;
    return listEntries(rows, { path, cidOf });
  }

  /** The blocks of content, a parent before its children. */
  async blocks(place: Place, scope: DagScope = "all"): Promise<AsyncIterable<Block>> {
    const { source, own } = await this.#source(place);
    const root = CID.parse(place.cid);
    if (scope === "all" || (scope === "entity" && place.kind === "file")) {
      return dagBlocks(root, source);
    }
    return only(dagBlocks(root, source), scope === "block" ? new Set([place.cid]) : own);
  }

  /** The one block that a cid names. */
  async block(place: Place): Promise<Uint8Array> {
    for await (const { bytes } of await this.blocks(place, "block")) return bytes;
    throw new Error(`block ${place.cid} is gone`);
  }

  /**
   * Pins files whose blobs are here; answers what is missing otherwise. One file with the path
   * `""` is pinned alone, others as a folder.
   */
  async pin(
    files: readonly { readonly path: string; readonly cid: string }[],
    options: PinOptions,
  ): Promise<PinMissing | Pin> {
    const { vfs } = this.deps;
    const missing = vfs.missing(new Set(files.map(({ cid }) => cid)));
    if (missing.length > 0) return { missing };
    const sized = files.map(({ path, cid }) => ({
      path: path === "" ? "" : vfsPath(path),
      cid,
      size: vfs.size(cid) ?? 0,
    }));
    this.#checkFiles(sized);
    if (sized.length === 1 && sized[0]!.path === "") {
      const [file] = sized as [typeof sized[0] & object];
      const entries = [{ ...file, blobCid: file.cid }];
      return await this.#write({ cid: file.cid, kind: "file", entries, nodes: [] }, options);
    }
    const { folders } = await folderDag(sized);
    const entries = [
      ...sized.filter(({ path }) => !folders.has(path)).map((f) => ({ ...f, blobCid: f.cid })),
      ...[...folders].map(([path, { cid }]) => ({ path, cid, blobCid: null, size: 0 })),
    ];
    const top = folders.get("")!.cid;
    return await this.#write({ cid: top, kind: "folder", entries, nodes: [] }, options);
  }

  /**
   * Takes in what the root of a CAR holds and pins it under the cid it has there.
   * @throws {FaztError} `CAR_INVALID`, `CAR_TOO_LARGE`, `TOO_LARGE`, `PATH_INVALID`, `QUOTA`;
   *   what was stored by then is swept.
   */
  async import(body: ReadableStream<Uint8Array>, options: PinOptions): Promise<Pin> {
    const { settings, vfs, db } = this.deps;
    const setting = "limits.deploy.inflatedMb";
    const links = settings.get("limits.fs.carBlocks");
    const source = await spool(body, {
      what: "CAR",
      maxBytes: settings.get(setting) * MIB,
      setting,
      dir: dirname(db.path),
    });
    try {
      const maxBytes = settings.get("limits.vfs.fileMb") * MIB;
      const dag = await readDag(await readCar(source, { maxBlocks: links }), {
        links,
        entries: settings.get("limits.deploy.entries"),
        fileBytes: maxBytes,
        totalBytes: settings.get("limits.vfs.appMb") * MIB,
      });
      const blobs = new Map<string, string>();
      for (const file of dag.files) {
        if (blobs.has(file.cid)) continue;
        blobs.set(file.cid, await vfs.putAgain(file.content, { maxBytes }));
      }
      return await this.#write(await pinnable(dag, blobs), options);
    } finally {
      await source.close();
    }
  }

  /** Lets go of content; what nothing else names goes with the next sweeps. */
  async unpin(appId: string, cid: string): Promise<boolean> {
    const gone = await this.deps.db.write(unpinContent, { appId, cid, at: this.deps.clock() });
    this.changed();
    return gone;
  }

  /** Every pin, or those of one app (`""`: the owner's), newest first. */
  pins(appId?: string): Pin[] {
    return allPins(this.deps.db.reader, appId);
  }

  async #write(
    pinned: Pick<PinParams, "cid" | "kind" | "entries" | "nodes">,
    { appId, userId, name = pinned.cid, public: open }: PinOptions,
  ): Promise<Pin> {
    const { db, clock } = this.deps;
    await db.write(pinContent, {
      ...pinned,
      appId,
      userId,
      name: pinName(name),
      public: open,
      at: clock(),
      max: this.#max(appId),
    });
    this.changed();
    return onePin(db.reader, { appId, cid: pinned.cid })!;
  }

  /** The owner's own pins have no cap of their own. */
  #max(appId: string): PinParams["max"] {
    const { settings } = this.deps;
    if (appId === "") return { pins: Infinity, bytes: Infinity };
    const bytes = settings.get("limits.fs.pinsMb") * MIB;
    return { pins: settings.get("limits.fs.pins"), bytes };
  }

  #checkFiles(files: readonly { readonly path: string; readonly size: number }[]): void {
    const { settings } = this.deps;
    const most = settings.get("limits.deploy.entries");
    if (files.length > most) {
      throw new FaztError(
        "TOO_MANY_FILES",
        `Cannot pin: ${files.length} files, the most is ${most}`,
        {
          hint: "fazt config set limits.deploy.entries <n> raises the limit",
          status: 413,
          details: { limit: "deploy.entries", used: files.length, max: most },
        },
      );
    }
    if (new Set(files.map(({ path }) => path)).size < files.length || files.length === 0) {
      throw new FaztError("PATH_INVALID", "Cannot pin: each file must be named once", {
        hint: "name at least one file, and every file once",
        status: 422,
      });
    }
    if (files.length > 1 && files.some(({ path }) => path === "")) vfsPath("");
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const max = settings.get("limits.vfs.appMb") * MIB;
    if (size > max) {
      throw new FaztError("TOO_LARGE", `Cannot pin: ${size} bytes, the most is ${max}`, {
        hint: "fazt config set limits.vfs.appMb <MiB> raises the limit",
        details: { limit: "vfs.appMb", used: size, max },
      });
    }
  }

  async #rows(tree: Tree, path: string): Promise<TreeRow[]> {
    const { appId } = tree;
    if (tree.of === "pin") {
      return await this.deps.db.query(readTree, { appId, pin: tree.pin, path });
    }
    const rows = await this.deps.db.query(readTree, { appId, revision: tree.revision, path });
    return tree.whole ? rows : rows.filter((row) => !isHiddenPath(row.path, tree.hasServer));
  }

  /** Where the blocks of a place come from, and which of them are its own. */
  async #source(place: Place): Promise<{ source: DagSource; own: ReadonlySet<string> }> {
    const { vfs, db } = this.deps;
    const { tree } = place;
    const kept = tree.of === "pin"
      ? new Map((await db.query(readNodes, tree)).map(({ cid, block }) => [cid, block]))
      : new Map<string, Uint8Array>();
    const read: DagSource["read"] = (blobCid, start, end) => vfs.part(blobCid, { start, end });
    if (place.kind === "file") {
      const source: DagSource = {
        node: (cid) => kept.get(cid),
        file: (cid) => cid === place.cid ? place : undefined,
        read,
      };
      return { source, own: new Set() };
    }
    const rows = await this.#rows(tree, place.path);
    const skip = place.path === "" ? 0 : place.path.length + 1;
    const files = rows.flatMap(({ path, cid, blobCid, size }) =>
      blobCid === null ? [] : [{ path: path.slice(skip), cid, blobCid, size }]
    );
    // Others may have named the folders of a pin differently: then their blocks are all kept.
    const made = kept.has(place.cid) ? kept : (await folderDag(files)).nodes;
    const byCid = new Map(files.map((file) => [file.cid, file]));
    const source: DagSource = {
      node: (cid) => kept.get(cid) ?? made.get(cid),
      file: (cid) => byCid.get(cid),
      read,
    };
    return { source, own: ownBlocks(place.cid, source) };
  }
}

/** An imported DAG as a pin: its nodes are kept where ours would be others. */
async function pinnable(
  dag: Imported,
  blobs: ReadonlyMap<string, string>,
): Promise<Pick<PinParams, "cid" | "kind" | "entries" | "nodes">> {
  const files: PinEntry[] = dag.files.map(({ path, cid, size }) => ({
    path,
    cid,
    blobCid: blobs.get(cid)!,
    size,
  }));
  const folders = dag.folders.map(({ path, cid }) => ({ path, cid, blobCid: null, size: 0 }));
  const { cid, kind } = dag;
  const entries = [...files, ...folders];
  const ours = files.every((file) => file.blobCid === file.cid) &&
    (kind === "file" || (await folderDag(files)).folders.get("")!.cid === cid);
  const nodes = ours ? [] : [...dag.nodes].map(([cid, block]) => ({ cid, block }));
  return { cid, kind, entries, nodes };
}
