import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** One file (with the blob that has its bytes) or folder of a pin; the top has the path `""`. */
export interface PinEntry {
  readonly path: string;
  readonly cid: string;
  readonly blobCid: string | null;
  readonly size: number;
}

/** Everything that one pin writes. */
export interface PinParams {
  /** `""` is the owner's. */
  readonly appId: string;
  readonly userId: string;
  readonly cid: string;
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly public: boolean;
  readonly entries: readonly PinEntry[];
  /** Blocks that cannot be made again from the entries. */
  readonly nodes: readonly { readonly cid: string; readonly block: Uint8Array }[];
  readonly at: number;
  /** What all pins of the app may have. */
  readonly max: { readonly pins: number; readonly bytes: number };
}

/** Keeps content for its own sake; a pin that is there gets the new name and openness. */
export const pinContent = operation("content.pin", (db, p: PinParams): { created: boolean } => {
  const blobs = new Set(p.entries.map(({ blobCid }) => blobCid).filter((cid) => cid !== null));
  const missing = [...blobs].filter((cid) =>
    db.get("SELECT 1 AS x FROM blobs WHERE cid = ?", cid) === undefined
  );
  if (missing.length > 0) {
    throw new FaztError("BLOB_MISSING", `Cannot pin: ${missing.length} blob(s) are not here`, {
      hint: "send them again: the answer lists what to upload",
      status: 409,
      details: { missing: missing.slice(0, 1000) },
    });
  }
  const there = db.run(
    "UPDATE pins SET name = ?, public = ? WHERE app_id = ? AND cid = ?",
    p.name,
    Number(p.public),
    p.appId,
    p.cid,
  );
  if (there > 0) return { created: false };
  const size = p.entries.reduce((sum, entry) => sum + entry.size, 0);
  assertRoom(db, p, size);
  db.run(
    "INSERT INTO pins VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    p.appId,
    p.cid,
    p.userId,
    p.name,
    p.kind,
    size,
    p.entries.filter(({ blobCid }) => blobCid !== null).length,
    Number(p.public),
    p.at,
  );
  for (const { path, cid, blobCid, size } of p.entries) {
    db.run(
      "INSERT INTO pin_entries VALUES (?, ?, ?, ?, ?, ?)",
      p.appId,
      p.cid,
      path,
      cid,
      blobCid,
      size,
    );
  }
  for (const { cid, block } of p.nodes) {
    db.run("INSERT INTO pin_nodes VALUES (?, ?, ?, ?)", p.appId, p.cid, cid, block);
  }
  return { created: true };
});

/**
 * Refuses a pin past what an app may have.
 * @throws {FaztError} `QUOTA`
 */
export function assertRoom(
  db: Pick<Connection, "get">,
  { appId, max }: Pick<PinParams, "appId" | "max">,
  size: number,
): void {
  const used = db.get<{ pins: number; bytes: number }>(
    "SELECT count(*) AS pins, coalesce(sum(size), 0) AS bytes FROM pins WHERE app_id = ?",
    appId,
  )!;
  const refuse = (limit: string, facts: { used: number; max: number }) => {
    throw new FaztError(
      "QUOTA",
      `Cannot pin: ${limit} is at ${facts.used}, the most is ${facts.max}`,
      {
        hint: `remove pins (fazt storage pins list), or raise limits.${limit}`,
        details: { limit, ...facts },
      },
    );
  };
  if (used.pins + 1 > max.pins) refuse("fs.pins", { used: used.pins, max: max.pins });
  if (used.bytes + size > max.bytes) refuse("fs.pinsMb", { used: used.bytes, max: max.bytes });
}

/** Lets go of content; what nothing else names is swept. Tells whether there was such a pin. */
export const unpinContent = operation(
  "content.unpin",
  (db, p: { readonly appId: string; readonly cid: string; readonly at: number }): boolean => {
    // Who reads it now may end: it is as young as if it were new.
    db.run(
      "UPDATE blobs SET created_at = ? WHERE cid IN " +
        "(SELECT blob_cid FROM pin_entries WHERE app_id = ? AND pin = ?)",
      p.at,
      p.appId,
      p.cid,
    );
    db.run("DELETE FROM pin_entries WHERE app_id = ? AND pin = ?", p.appId, p.cid);
    db.run("DELETE FROM pin_nodes WHERE app_id = ? AND pin = ?", p.appId, p.cid);
    return db.run("DELETE FROM pins WHERE app_id = ? AND cid = ?", p.appId, p.cid) > 0;
  },
  { essential: true },
);

/** The files and folders of one tree at and below a path. */
export interface TreeRow {
  readonly path: string;
  readonly cid: string;
  /** Null for folders. */
  readonly blobCid: string | null;
  readonly size: number;
}

/** Which tree is read. */
export type TreeParams =
  | { readonly appId: string; readonly revision: number; readonly path: string }
  | { readonly appId: string; readonly pin: string; readonly path: string };

/** Where the paths below a folder begin and end, in the order of bytes. */
function below(path: string): [string, string] {
  return path === "" ? ["", "\u{10ffff}"] : [`${path}/`, `${path}0`];
}

/** Long read: what lies at and below a path, at most 200,000 rows. */
export const readTree = operation("content.tree", (db, p: TreeParams): TreeRow[] => {
  const [from, to] = below(p.path);
  if ("pin" in p) {
    return db.all<TreeRow & Record<string, string | number | null>>(
      "SELECT path, cid, blob_cid AS blobCid, size FROM pin_entries " +
        "WHERE app_id = ? AND pin = ? AND (path = ? OR (path >= ? AND path < ?)) LIMIT 200000",
      p.appId,
      p.pin,
      p.path,
      from,
      to,
    );
  }
  return db.all<TreeRow & Record<string, string | number | null>>(
    "SELECT path, cid, cid AS blobCid, size FROM files " +
      "WHERE app_id = ? AND revision = ? AND path >= ? AND path < ? LIMIT 200000",
    p.appId,
    p.revision,
    from,
    to,
  );
});

/** Long read: the kept blocks of a pin. */
export const readNodes = operation(
  "content.nodes",
  (db, p: { readonly appId: string; readonly pin: string }) =>
    db.all<{ cid: string; block: Uint8Array }>(
      "SELECT cid, block FROM pin_nodes WHERE app_id = ? AND pin = ?",
      p.appId,
      p.pin,
    ),
);

/** The writes of this folder. */
export const CONTENT_WRITES = [pinContent, unpinContent];
/** The long reads of this folder. */
export const CONTENT_LONG_READS = [readTree, readNodes];
