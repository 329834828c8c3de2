import { letGo } from "../lib/let_go.ts";
import { type Connection, operation } from "../db/mod.ts";

/** Where a blob may be named; what none of them names is rubbish. */
export const BLOB_REFERENCES: readonly [table: string, column: string][] = [
  ["files", "cid"],
  ["files", "brotli_cid"],
  ["files", "gzip_cid"],
  ["revisions", "module_cid"],
  ["revisions", "module_map_cid"],
  ["pin_entries", "blob_cid"],
  ["objects", "cid"],
  ["ds_shards", "cid"],
];

function insertChunks(db: Connection, cid: string, first: number, chunks: readonly Uint8Array[]) {
  chunks.forEach((bytes, i) => {
    db.run("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)", cid, first + i, bytes);
    letGo(bytes.length);
  });
}

const exists = (db: Connection, cid: string) =>
  db.get("SELECT 1 AS x FROM blobs WHERE cid = ?", cid) !== undefined;

/**
 * Makes a blob as young as if it were new: somebody needs it again, or needed it until now and may
 * still be reading it. Tells whether there is such a blob.
 */
export const touchBlob = (db: Connection, cid: string, at: number): boolean =>
  db.run("UPDATE blobs SET created_at = ? WHERE cid = ?", at, cid) > 0;

/** One verified part of a blob that is too large for one write. */
export const writeChunks = operation(
  "blob.chunks",
  (
    db,
    p: { readonly cid: string; readonly first: number; readonly chunks: readonly Uint8Array[] },
  ) => {
    if (!exists(db, p.cid)) insertChunks(db, p.cid, p.first, p.chunks);
  },
);

/** The last part of a blob: from here on it exists. */
export const sealBlob = operation("blob.seal", (db, p: {
  readonly cid: string;
  readonly size: number;
  readonly first: number;
  readonly chunks: readonly Uint8Array[];
  readonly at: number;
}) => {
  if (touchBlob(db, p.cid, p.at)) return;
  insertChunks(db, p.cid, p.first, p.chunks);
  db.run(
    "INSERT INTO blobs VALUES (?, ?, ?, ?)",
    p.cid,
    p.size,
    p.first + p.chunks.length,
    p.at,
  );
});

/**
 * The last part of content that was written under the name of its upload, because its cid was not
 * known before. Tells whether it was kept: a blob that is there already is there once.
 */
export const sealUpload = operation("blob.sealUpload", (db, p: {
  readonly cid: string;
  readonly size: number;
  readonly upload: string;
  readonly first: number;
  readonly chunks: readonly Uint8Array[];
  readonly at: number;
}) => {
  if (touchBlob(db, p.cid, p.at)) return false;
  insertChunks(db, p.upload, p.first, p.chunks);
  db.run("INSERT INTO blobs VALUES (?, ?, ?, ?)", p.cid, p.size, p.first + p.chunks.length, p.at);
  db.run("INSERT INTO blob_sources VALUES (?, ?)", p.cid, p.upload);
  return true;
});

const unreferenced = BLOB_REFERENCES
  .map(([table, column]) => `NOT EXISTS (SELECT 1 FROM ${table} r WHERE r.${column} = c.cid)`)
  .join(" AND ");

/** Chunks that no blob reads: of an upload that never ended, or of a blob that is gone. */
const OWNERLESS = "NOT EXISTS (SELECT 1 FROM blob_sources s WHERE s.upload = c.cid) AND " +
  "(EXISTS (SELECT 1 FROM blob_sources s WHERE s.cid = c.cid) OR " +
  "NOT EXISTS (SELECT 1 FROM blobs b WHERE b.cid = c.cid))";
/** Chunks deleted in one transaction: 16 MiB, so that no commit waits long behind it. */
const CHUNKS_AT_ONCE = 64;

/** Long read: blobs nobody names and chunks without a blob, older than `before`. */
export const findRubbish = operation(
  "blob.findRubbish",
  (db, p: { readonly before: number; readonly limit: number }) => ({
    blobs: db.all<{ cid: string }>(
      `SELECT c.cid FROM blobs c WHERE c.created_at < ? AND ${unreferenced} LIMIT ?`,
      p.before,
      p.limit,
    ).map((row) => row.cid),
    chunks: db.all<{ cid: string }>(
      `SELECT DISTINCT c.cid FROM chunks c WHERE ${OWNERLESS} LIMIT ?`,
      p.limit,
    ).map((row) => row.cid),
  }),
);

/**
 * Deletes rubbish found before, looking again at each whether it still is. One step of it: `more`
 * tells that the same call has something left to do.
 */
export const deleteRubbish = operation("blob.deleteRubbish", (db, p: {
  readonly blobs: readonly string[];
  readonly chunks: readonly string[];
  readonly before: number;
}) => {
  let gone = 0;
  const keys = [...p.chunks, ...p.blobs];
  for (const cid of p.blobs) {
    const deleted = db.run(
      `DELETE FROM blobs AS c WHERE c.cid = ? AND c.created_at < ? AND ${unreferenced}`,
      cid,
      p.before,
    );
    if (deleted === 0) continue;
    gone++;
    const source = db.get<{ upload: string }>(
      "DELETE FROM blob_sources WHERE cid = ? RETURNING upload",
      cid,
    );
    if (source) keys.unshift(source.upload);
  }
  let room = CHUNKS_AT_ONCE;
  for (const key of keys) {
    if (room === 0) break;
    room -= db.run(
      "DELETE FROM chunks WHERE rowid IN " +
        `(SELECT rowid FROM chunks c WHERE c.cid = ? AND ${OWNERLESS} LIMIT ?)`,
      key,
      room,
    );
  }
  return { gone, more: room === 0 };
}, { essential: true });

/** Blobs that lost a name and were looked at. */
export const lookedAt = operation(
  "blob.lookedAt",
  (db, p: { readonly cids: readonly string[] }) => {
    for (const cid of p.cids) db.run("DELETE FROM unnamed_blobs WHERE cid = ?", cid);
  },
  { essential: true },
);

/** The writes of this folder. */
export const FS_WRITES = [writeChunks, sealBlob, sealUpload, deleteRubbish, lookedAt];
/** The long reads of this folder. */
export const FS_LONG_READS = [findRubbish];
