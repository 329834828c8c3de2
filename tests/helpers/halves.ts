import { DatabaseSync } from "node:sqlite";

/** What must not be: each query finds rows that refer to what is not there. */
const HALVES: Readonly<Record<string, string>> = {
  "files without a blob":
    "SELECT f.path || ' of ' || app_id AS x FROM files f, json_each(json_array(cid, brotli_cid, gzip_cid)) c " +
    "WHERE c.value IS NOT NULL AND c.value NOT IN (SELECT cid FROM blobs)",
  "revisions without a module": "SELECT r.app_id || ' ' || n AS x FROM revisions r, " +
    "json_each(json_array(module_cid, module_map_cid)) c " +
    "WHERE c.value IS NOT NULL AND c.value NOT IN (SELECT cid FROM blobs)",
  "revisions with other files than they say": "SELECT r.app_id || ' ' || n AS x FROM revisions r " +
    "WHERE file_count <> (SELECT count(*) FROM files f WHERE f.app_id = r.app_id AND f.revision = r.n)",
  "files without a revision":
    "SELECT path AS x FROM files f WHERE NOT EXISTS (SELECT 1 FROM revisions r " +
    "WHERE r.app_id = f.app_id AND r.n = f.revision)",
  "apps whose revision is not there":
    "SELECT a.id AS x FROM apps a WHERE current_revision IS NOT NULL AND state = 'active' " +
    "AND NOT EXISTS (SELECT 1 FROM revisions r WHERE r.app_id = a.id AND r.n = a.current_revision)",
  "blobs without all their chunks":
    "SELECT cid AS x FROM blobs b WHERE (chunk_count, size) IS NOT " +
    "(SELECT count(*), coalesce(sum(length(bytes)), 0) FROM chunks c WHERE c.cid = ifnull((SELECT upload FROM blob_sources s WHERE s.cid = b.cid), b.cid))",
  "chunks without a blob":
    "SELECT DISTINCT cid AS x FROM chunks WHERE cid NOT IN (SELECT ifnull(upload, b.cid) " +
    "FROM blobs b LEFT JOIN blob_sources s ON s.cid = b.cid)",
  "objects without a blob":
    "SELECT path || ' of ' || app_id AS x FROM objects WHERE cid NOT IN (SELECT cid FROM blobs)",
};

/** Half-written rows of a database file, each as text that says what it is; empty when sound. */
export function halves(db: string): string[] {
  const raw = new DatabaseSync(db, { readOnly: true });
  try {
    return Object.entries(HALVES).flatMap(([what, sql]) =>
      (raw.prepare(sql).all() as { x: string }[]).map(({ x }) => `${what}: ${x}`)
    );
  } finally {
    raw.close();
  }
}
