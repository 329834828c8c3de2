import type { Connection } from "../db/mod.ts";

/**
 * Whose chunks are those of a blob: its own, or those of the upload it was written as before
 * anybody knew its cid. Takes the cid twice.
 */
const OF_BLOB = "cid = ifnull((SELECT upload FROM blob_sources WHERE cid = ?), ?)";

/** Chunk `n` of a blob, or undefined where there is none. */
export function blobChunk(db: Connection, cid: string, n: number): Uint8Array | undefined {
  return db.get<{ bytes: Uint8Array }>(
    `SELECT bytes FROM chunks WHERE n = ? AND ${OF_BLOB}`,
    n,
    cid,
    cid,
  )?.bytes;
}

/** The chunks of a blob in their order, each read when it is its turn. */
export function* blobChunks(db: Connection, cid: string): Generator<Uint8Array> {
  const rows = db.iterate<{ bytes: Uint8Array }>(
    `SELECT bytes FROM chunks WHERE ${OF_BLOB} ORDER BY n`,
    cid,
    cid,
  );
  for (const { bytes } of rows) yield bytes;
}
