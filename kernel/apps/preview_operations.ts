import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { requireApp } from "./app_operations.ts";

/** What puts a revision under an address of its own. */
export interface PreviewParams {
  readonly userId: string;
  readonly at: number;
  /** Unix ms. */
  readonly expiresAt: number;
  /** Previews of one app at once. */
  readonly max: number;
}

/** Begins or prolongs a preview, inside the caller's transaction. */
export function insertPreview(
  db: Connection,
  at: { readonly appId: string; readonly n: number },
  p: PreviewParams,
): void {
  db.run("DELETE FROM previews WHERE app_id = ? AND expires_at <= ?", at.appId, p.at);
  const used = db.get<{ n: number }>(
    "SELECT count(*) AS n FROM previews WHERE app_id = ? AND n <> ?",
    at.appId,
    at.n,
  )!.n;
  if (used >= p.max) {
    throw new FaztError(
      "QUOTA",
      `Cannot preview revision ${at.n}: limits.previews.perApp is ${p.max}, in use ${used}`,
      {
        hint: "end one with fazt app preview APP --revision N --off, or raise it: " +
          "fazt config set limits.previews.perApp <value>",
        status: 429,
        details: { limit: "previews.perApp", used, max: p.max },
      },
    );
  }
  db.run(
    "INSERT INTO previews VALUES (?, ?, ?, ?, ?) ON CONFLICT (app_id, n) DO UPDATE SET " +
      "user_id = excluded.user_id, expires_at = excluded.expires_at",
    at.appId,
    at.n,
    p.userId,
    p.at,
    p.expiresAt,
  );
}

/** Begins or prolongs a preview of a revision that is there. */
export const openPreview = operation(
  "apps.preview",
  (db, p: PreviewParams & { readonly id: string; readonly n: number }) => {
    requireApp(db, p.id);
    requireRevision(db, p.id, p.n);
    insertPreview(db, { appId: p.id, n: p.n }, p);
  },
);

/** Ends a preview; returns whether there was one. */
export const closePreview = operation(
  "apps.closePreview",
  (db, p: { id: string; n: number }) =>
    db.run("DELETE FROM previews WHERE app_id = ? AND n = ?", p.id, p.n) > 0,
  { essential: true },
);

/** Forgets previews that have expired; returns whose they were. */
export const expirePreviews = operation("apps.expirePreviews", (db, p: { at: number }) => {
  const apps = db.all<{ id: string }>(
    "SELECT DISTINCT app_id AS id FROM previews WHERE expires_at <= ?",
    p.at,
  );
  if (apps.length > 0) db.run("DELETE FROM previews WHERE expires_at <= ?", p.at);
  return apps.map(({ id }) => id);
}, { essential: true });

/** Serves a revision to everybody; returns the one served before. */
export const promoteRevision = operation(
  "apps.promote",
  (db, p: { id: string; n: number; at: number }): { previous: number | null } => {
    requireApp(db, p.id);
    requireRevision(db, p.id, p.n);
    return { previous: serveRevision(db, p) };
  },
  { essential: true },
);

/** Makes a revision the served one, inside the caller's transaction; returns the one before. */
export function serveRevision(
  db: Connection,
  p: { readonly id: string; readonly n: number; readonly at: number },
): number | null {
  const before = db.get<{ n: number | null }>(
    "SELECT current_revision AS n FROM apps WHERE id = ?",
    p.id,
  )!.n;
  db.run("UPDATE apps SET current_revision = ?, updated_at = ? WHERE id = ?", p.n, p.at, p.id);
  db.run("UPDATE revisions SET served = 1 WHERE app_id = ? AND n = ?", p.id, p.n);
  return before;
}

function requireRevision(db: Connection, id: string, n: number): void {
  if (db.get("SELECT 1 AS x FROM revisions WHERE app_id = ? AND n = ?", id, n)) return;
  throw new FaztError("NOT_FOUND", `There is no revision ${n} of this app`, {
    hint: "fazt app revisions APP lists them",
  });
}
