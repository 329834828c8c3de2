import { operation } from "../db/mod.ts";

/** One request on its way into the access log. */
export interface AccessRow {
  readonly id: number;
  readonly at: number;
  readonly appId: string;
  readonly userId: string;
  readonly why: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly bytes: number | null;
  readonly address: string;
  readonly secure: number;
  readonly agent: string;
}

/** Rows deleted by one trimming. */
export const ACCESS_TRIM_STEP = 5000;

/** Writes rows that waited. */
export const insertAccess = operation(
  "access.insert",
  (db, p: { readonly rows: readonly AccessRow[] }) => {
    for (const r of p.rows) {
      db.run(
        "INSERT INTO access_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[r.id, r.at, r.appId, r.userId, r.why, r.host, r.method, r.path],
        ...[r.status, r.ms, r.bytes, r.address, r.secure, r.agent],
      );
    }
  },
);

/** Deletes some rows past their age or number; returns how many. */
export const trimAccess = operation(
  "access.trim",
  (db, p: { readonly before: number; readonly keep: number }) =>
    db.run(
      "DELETE FROM access_log WHERE id IN (SELECT id FROM access_log WHERE at < ? LIMIT ?)",
      p.before,
      ACCESS_TRIM_STEP,
    ) +
    db.run(
      "DELETE FROM access_log WHERE id IN (SELECT id FROM access_log WHERE id <= " +
        "(SELECT max(id) FROM access_log) - ? LIMIT ?)",
      p.keep,
      ACCESS_TRIM_STEP,
    ),
);
