import { type Connection, operation } from "../db/mod.ts";

/** Where a blob may be named; what none of them names is rubbish. */
const REFERENCES: readonly [string, string][] = [
  ["files", "cid"],
  ["files", "brotli_cid"],
  ["files", "gzip_cid"],
  ["revisions", "module_cid"],
  ["revisions", "module_map_cid"],
];

function insertChunks(db: Connection, cid: string, first: number, chunks: readonly Uint8Array[]) {
  chunks.forEach((bytes, i) =>
    db.run("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)", cid, first + i, bytes)
  );
}

const exists = (db: Connection, cid: string) =>
  db.get("SELECT 1 AS x FROM blobs WHERE cid = ?", cid) !== undefined;

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
  if (exists(db, p.cid)) {
    // Somebody needs it again: it is as young as if it were new.
    db.run("UPDATE blobs SET created_at = ? WHERE cid = ?", p.at, p.cid);
    return;
  }
  insertChunks(db, p.cid, p.first, p.chunks);
  db.run(
    "INSERT INTO blobs VALUES (?, ?, ?, ?)",
    p.cid,
    p.size,
    p.first + p.chunks.length,
    p.at,
  );
});

const unreferenced = REFERENCES
  .map(([table, column]) => `NOT EXISTS (SELECT 1 FROM ${table} r WHERE r.${column} = c.cid)`)
  .join(" AND ");

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
      "SELECT DISTINCT cid FROM chunks WHERE cid NOT IN (SELECT cid FROM blobs) LIMIT ?",
      p.limit,
    ).map((row) => row.cid),
  }),
);

/** Deletes rubbish found before, looking again at each whether it still is; returns how many went. */
export const deleteRubbish = operation("blob.deleteRubbish", (db, p: {
  readonly blobs: readonly string[];
  readonly chunks: readonly string[];
  readonly before: number;
}) => {
  let gone = 0;
  for (const cid of p.blobs) {
    gone += db.run(
      `DELETE FROM blobs AS c WHERE c.cid = ? AND c.created_at < ? AND ${unreferenced}`,
      cid,
      p.before,
    );
  }
  for (const cid of [...p.blobs, ...p.chunks]) {
    db.run("DELETE FROM chunks WHERE cid = ? AND cid NOT IN (SELECT cid FROM blobs)", cid);
  }
  return gone;
}, { essential: true });

/** The writes of this folder. */
export const FS_WRITES = [writeChunks, sealBlob, deleteRubbish];
/** The long reads of this folder. */
export const FS_LONG_READS = [findRubbish];
