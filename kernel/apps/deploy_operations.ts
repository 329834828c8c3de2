import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { approveGrants, type CreateParams, insertApp, requireApp } from "./app_operations.ts";
import type { SourceRecord } from "./shapes.ts";
import { insertPreview, type PreviewParams, serveRevision } from "./preview_operations.ts";

/** One file row of a revision. */
export interface FileParams {
  readonly path: string;
  readonly cid: string;
  readonly size: number;
  readonly type: string;
  readonly brotliCid: string | null;
  readonly brotliSize: number | null;
  readonly gzipCid: string | null;
  readonly gzipSize: number | null;
}

/** One folder row of a revision. */
export interface FolderParams {
  readonly path: string;
  readonly cid: string;
  /** Cid of what visitors may have of it; null where that is nothing. */
  readonly publicCid: string | null;
}

/** Everything that one deploy writes. */
export interface DeployParams {
  /** The app, or what makes it. */
  readonly app: { readonly id: string } | { readonly create: CreateParams };
  readonly revisionId: string;
  readonly userId: string;
  readonly at: number;
  readonly source: string;
  readonly message: string | null;
  /** JSON of the checked manifest. */
  readonly manifest: string;
  readonly files: readonly FileParams[];
  readonly folders: readonly FolderParams[];
  readonly size: number;
  readonly moduleCid: string | null;
  readonly moduleMapCid: string | null;
  /** Approved if this is the app's first revision. */
  readonly approveFirst: readonly string[];
  /** Approved whatever. */
  readonly approve: readonly string[];
  /** The repository it comes from. */
  readonly origin?: SourceRecord;
  /** Set when the revision is to be previewed and not served. */
  readonly preview?: PreviewParams;
}

/** What a deploy made. */
export interface Deployed {
  readonly appId: string;
  readonly n: number;
  readonly created: boolean;
  readonly previous: number | null;
  readonly approved: readonly string[];
}

/** The whole of a deploy in one transaction: the new revision is served entirely or not at all. */
export const writeRevision = operation("apps.deploy", (db, p: DeployParams): Deployed => {
  const created = "create" in p.app;
  const appId = "create" in p.app ? insertApp(db, p.app.create).id : p.app.id;
  requireApp(db, appId);
  const has = blobCheck(db);
  const missing = [...p.files.map((f) => f.cid), p.moduleCid, p.moduleMapCid]
    .filter((cid): cid is string => cid !== null && !has(cid));
  if (missing.length > 0) throw blobMissing(missing);

  const before = db.get<{ last: number; served: number | null; first: number }>(
    "SELECT max(coalesce(a.current_revision, 0), " +
      "(SELECT coalesce(max(n), 0) FROM revisions WHERE app_id = a.id)) AS last, " +
      "(SELECT n FROM revisions WHERE app_id = a.id AND n = a.current_revision) AS served, " +
      "NOT EXISTS (SELECT 1 FROM revisions WHERE app_id = a.id) AS first " +
      "FROM apps a WHERE id = ?",
    appId,
  )!;
  const n = before.last + 1;
  db.run(
    "INSERT INTO revisions (app_id, n, id, user_id, created_at, source, message, manifest, " +
      "file_count, size, module_cid, module_map_cid, served) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    appId,
    n,
    p.revisionId,
    p.userId,
    p.at,
    p.source,
    p.message,
    p.manifest,
    p.files.length,
    p.size,
    p.moduleCid,
    p.moduleMapCid,
    p.preview === undefined ? 1 : 0,
  );
  if (p.origin) writeSource(db, { appId, n, origin: p.origin, userId: p.userId, at: p.at });
  for (const file of p.files) insertFile(db, { appId, n, file, has });
  insertFolders(db, { appId, n, folders: p.folders });
  if (p.preview === undefined) serveRevision(db, { id: appId, n, at: p.at });
  else insertPreview(db, { appId, n }, p.preview);
  const approve = before.first === 1 ? [...p.approveFirst, ...p.approve] : p.approve;
  return {
    appId,
    n,
    created,
    previous: before.served,
    approved: approveGrants(db, appId, approve, p),
  };
});

/** What a revision, and its app from here on, came from. */
interface SourceParams {
  readonly appId: string;
  readonly n: number;
  readonly origin: SourceRecord;
  readonly userId: string;
  readonly at: number;
}

function writeSource(db: Connection, { appId, n, origin, userId, at }: SourceParams): void {
  const { type, url, ref = null, path, commit, market = null, app = null } = origin;
  const { secret = null, signer = null } = origin;
  db.run(
    "UPDATE revisions SET source_type = ?, source_url = ?, source_ref = ?, source_path = ?, " +
      "source_commit = ?, source_signer = ? WHERE app_id = ? AND n = ?",
    ...[type, url, ref, path, commit, signer, appId, n],
  );
  db.run(
    "INSERT INTO app_sources (app_id, user_id, type, url, ref, path, commit_id, market, " +
      "market_app, secret, signer, created_at, updated_at) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "user_id = excluded.user_id, type = excluded.type, url = excluded.url, " +
      "ref = excluded.ref, path = excluded.path, commit_id = excluded.commit_id, " +
      "market = excluded.market, market_app = excluded.market_app, secret = excluded.secret, " +
      "signer = excluded.signer, updated_at = excluded.updated_at",
    ...[appId, userId, type, url, ref, path, commit, market, app, secret, signer, at, at],
  );
}

/** A newer commit has the same files as the revision that is served. */
export const recordSource = operation("apps.source", (db, p: SourceParams): void => {
  requireApp(db, p.appId);
  writeSource(db, p);
});

function insertFolders(
  db: Connection,
  p: { readonly appId: string; readonly n: number; readonly folders: readonly FolderParams[] },
): void {
  for (const { path, cid, publicCid } of p.folders) {
    db.run("INSERT INTO folders VALUES (?, ?, ?, ?, ?)", p.appId, p.n, path, cid, publicCid);
  }
}

/** Names the folders of a revision that was deployed by a version that did not. */
export const nameFolders = operation(
  "apps.nameFolders",
  (db, p: { appId: string; n: number; folders: readonly FolderParams[] }) => {
    const lacks = db.get(
      "SELECT 1 AS x FROM revisions r WHERE app_id = ? AND n = ? AND NOT EXISTS " +
        "(SELECT 1 FROM folders f WHERE f.app_id = r.app_id AND f.revision = r.n)",
      p.appId,
      p.n,
    );
    if (lacks) insertFolders(db, p);
  },
);

interface FileInsert {
  readonly appId: string;
  readonly n: number;
  readonly file: FileParams;
  readonly has: (cid: string) => boolean;
}

function insertFile(db: Connection, { appId, n, file, has }: FileInsert): void {
  // A compressed twin that was swept meanwhile only costs its saving, not the deploy.
  const brotli = file.brotliCid !== null && has(file.brotliCid);
  const gzip = file.gzipCid !== null && has(file.gzipCid);
  db.run(
    "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    appId,
    n,
    file.path,
    file.cid,
    file.size,
    file.type,
    brotli ? file.brotliCid : null,
    brotli ? file.brotliSize : null,
    gzip ? file.gzipCid : null,
    gzip ? file.gzipSize : null,
  );
}

function blobCheck(db: Connection): (cid: string) => boolean {
  const known = new Map<string, boolean>();
  return (cid) => {
    let there = known.get(cid);
    if (there === undefined) {
      there = db.get("SELECT 1 AS x FROM blobs WHERE cid = ?", cid) !== undefined;
      known.set(cid, there);
    }
    return there;
  };
}

/** The error for blobs that are not (any more) on the node. */
export function blobMissing(cids: readonly string[]): FaztError {
  const missing = [...new Set(cids)];
  return new FaztError("BLOB_MISSING", `Cannot deploy: ${missing.length} blob(s) are not here`, {
    hint: "ask again: the answer lists what to upload",
    status: 409,
    details: { missing: missing.slice(0, 1000) },
  });
}

/** Serves an earlier (or any other) revision again. */
export const rollbackRevision = operation(
  "apps.rollback",
  (db, p: { id: string; n: number | null; at: number }): { n: number; previous: number | null } => {
    requireApp(db, p.id);
    const current = db.get<{ n: number | null }>(
      "SELECT current_revision AS n FROM apps WHERE id = ?",
      p.id,
    )!.n;
    const target = db.get<{ n: number }>(
      p.n === null
        ? "SELECT n FROM revisions WHERE app_id = ? AND n < ? AND served ORDER BY n DESC LIMIT 1"
        : "SELECT n FROM revisions WHERE app_id = ? AND n = ?",
      p.id,
      p.n ?? current ?? 0,
    )?.n;
    if (target === undefined) {
      throw new FaztError(
        "NOT_FOUND",
        p.n === null
          ? "Cannot roll back: there is no earlier revision"
          : `Cannot roll back: there is no revision ${p.n}`,
        { hint: "fazt app revisions <app> lists them" },
      );
    }
    return { n: target, previous: serveRevision(db, { id: p.id, n: target, at: p.at }) };
  },
  { essential: true },
);
