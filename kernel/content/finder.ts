import type { Database } from "../db/mod.ts";
import { isHiddenPath } from "../fs/mod.ts";
import type { Place, Reader, Tree } from "./place.ts";

/** What of an app is served: see `Site`. */
export interface ServedRevision {
  readonly revision: number;
  readonly hasServer: boolean;
}

/** What {@link Finder} works with. */
export interface FinderDeps {
  readonly db: Database;
  /** The revision visitors may open; undefined where there is none or the app is closed. */
  readonly site: (appId: string) => ServedRevision | undefined;
}

/** Rows of one cid that are looked at: more copies of one file are not searched for an open one. */
const MAX_ROWS = 500;

interface Found {
  readonly appId: string;
  readonly revision: number;
  readonly path: string;
  readonly size: number;
  readonly server: number;
  readonly current: number;
}

interface FoundFolder extends Found {
  readonly cid: string;
  readonly publicCid: string | null;
}

interface PinRow {
  readonly appId: string;
  readonly pin: string;
  readonly path: string;
  readonly cid: string;
  readonly blobCid: string | null;
  readonly size: number;
}

const LIVE = "a.removed_at IS NULL AND a.state = 'active'";
const REVISION_FIELDS = "r.module_cid IS NOT NULL AS server, a.current_revision = r.n AS current";
const OF_LIVE_APPS = "JOIN revisions r ON r.app_id = f.app_id AND r.n = f.revision " +
  `JOIN apps a ON a.id = f.app_id AND ${LIVE}`;

/** Finds content by its cid, for those who may have it. */
export class Finder {
  constructor(private readonly deps: FinderDeps) {}

  /** @param cid in its one form */
  find(cid: string, reader: Reader): Place | undefined {
    return this.#inPins(cid, reader) ?? this.#inFiles(cid, reader) ??
      (cid.startsWith("bafkrei") ? undefined : this.#inFolders(cid, reader));
  }

  /** What a tree has at a path; hidden paths are there only in a whole one. */
  at(tree: Tree, path: string): Place | undefined {
    return tree.of === "pin" ? this.#atPin(tree, path) : this.#atRevision(tree, path);
  }

  #inPins(cid: string, reader: Reader): Place | undefined {
    const [rule, ...params] = reader === "owner"
      ? ["1"]
      : reader === "visitor"
      ? ["p.public = 1"]
      : ["(p.public = 1 OR p.app_id = ?)", reader.appId];
    const row = this.deps.db.reader.get<PinRow & Record<string, string | number | null>>(
      "SELECT e.app_id AS appId, e.pin, e.path, e.cid, e.blob_cid AS blobCid, e.size " +
        "FROM pin_entries e JOIN pins p ON p.app_id = e.app_id AND p.cid = e.pin " +
        "LEFT JOIN apps a ON a.id = e.app_id " +
        `WHERE e.cid = ? AND (e.app_id = '' OR (${LIVE})) AND ${rule} LIMIT 1`,
      cid,
      ...params,
    );
    return row && pinPlace(row, { of: "pin", appId: row.appId, pin: row.pin });
  }

  #inFiles(cid: string, reader: Reader): Place | undefined {
    const rows = this.deps.db.reader.all<Found & Record<string, string | number>>(
      `SELECT f.app_id AS appId, f.revision, f.path, f.size, ${REVISION_FIELDS} ` +
        `FROM files f ${OF_LIVE_APPS} WHERE f.cid = ? ${onlyCurrent(reader)} LIMIT ${MAX_ROWS}`,
      cid,
    );
    const row = rows.find((row) => this.#mayHave(row, reader));
    const whole = row !== undefined && this.#isWhole(row.appId, reader);
    return row &&
      { kind: "file", cid, blobCid: cid, size: row.size, tree: revisionTree(row, whole) };
  }

  #inFolders(cid: string, reader: Reader): Place | undefined {
    const rows = this.deps.db.reader.all<FoundFolder & Record<string, string | number | null>>(
      "SELECT f.app_id AS appId, f.revision, f.path, 0 AS size, f.cid, f.public_cid AS publicCid, " +
        `${REVISION_FIELDS} FROM folders f ${OF_LIVE_APPS} ` +
        `WHERE (f.public_cid = ?1 OR f.cid = ?1) ${onlyCurrent(reader)} LIMIT ${MAX_ROWS}`,
      cid,
    );
    for (const row of rows) {
      // The same cid where nothing is hidden: then there is nothing whole to be had beyond it.
      const open = row.publicCid === cid && this.#isServed(row);
      const whole = row.cid === cid && this.#isWhole(row.appId, reader);
      const shown = row.publicCid === cid && this.#isWhole(row.appId, reader);
      if (!open && !whole && !shown) continue;
      return {
        kind: "folder",
        cid,
        path: row.path,
        tree: revisionTree(row, whole && row.publicCid !== cid),
      };
    }
    return undefined;
  }

  #mayHave(row: Found, reader: Reader): boolean {
    if (this.#isWhole(row.appId, reader)) return reader === "owner" || row.current === 1;
    return this.#isServed(row) && !isHiddenPath(row.path, row.server === 1);
  }

  #isServed(row: Found): boolean {
    return this.deps.site(row.appId)?.revision === row.revision;
  }

  #isWhole(appId: string, reader: Reader): boolean {
    return reader === "owner" || (reader !== "visitor" && reader.appId === appId);
  }

  #atPin(tree: Tree & { of: "pin" }, path: string): Place | undefined {
    const row = this.deps.db.reader.get<PinRow & Record<string, string | number | null>>(
      "SELECT app_id AS appId, pin, path, cid, blob_cid AS blobCid, size FROM pin_entries " +
        "WHERE app_id = ? AND pin = ? AND path = ?",
      tree.appId,
      tree.pin,
      path,
    );
    return row && pinPlace(row, tree);
  }

  #atRevision(tree: Tree & { of: "revision" }, path: string): Place | undefined {
    if (!tree.whole && isHiddenPath(path, tree.hasServer)) return undefined;
    const { reader } = this.deps.db;
    const folder = reader.get<{ cid: string; public_cid: string | null }>(
      "SELECT cid, public_cid FROM folders WHERE app_id = ? AND revision = ? AND path = ?",
      tree.appId,
      tree.revision,
      path,
    );
    const cid = folder && (tree.whole ? folder.cid : folder.public_cid);
    if (cid) return { kind: "folder", cid, tree, path };
    const file = reader.get<{ cid: string; size: number }>(
      "SELECT cid, size FROM files WHERE app_id = ? AND revision = ? AND path = ?",
      tree.appId,
      tree.revision,
      path,
    );
    return file && { kind: "file", cid: file.cid, blobCid: file.cid, size: file.size, tree };
  }
}

const onlyCurrent = (reader: Reader) =>
  reader === "owner" ? "ORDER BY current DESC" : "AND a.current_revision = r.n";

function revisionTree(row: Found, whole: boolean): Tree {
  const { appId, revision, server } = row;
  return { of: "revision", appId, revision, whole, hasServer: server === 1 };
}

function pinPlace(row: PinRow, tree: Tree): Place {
  return row.blobCid === null
    ? { kind: "folder", cid: row.cid, tree, path: row.path }
    : { kind: "file", cid: row.cid, blobCid: row.blobCid, size: row.size, tree };
}
