import { operation } from "../db/mod.ts";

/** One request on its way into the log. */
export interface EgressLogRow {
  readonly id: number;
  readonly appId: string;
  readonly userId: string;
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Rows deleted by one trimming. */
export const TRIM_STEP = 5000;

/** Writes rows that waited. */
export const insertEgressLogs = operation(
  "egress.logs.insert",
  (db, p: { readonly rows: readonly EgressLogRow[] }) => {
    for (const r of p.rows) {
      db.run(
        "INSERT INTO egress_logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[r.id, r.appId, r.userId, r.at, r.method, r.host, r.path],
        ...[r.status, r.code, r.ms, r.bytesIn, r.bytesOut],
      );
    }
  },
);

/** Deletes some rows past their age or number; returns how many. */
export const trimEgressLogs = operation(
  "egress.logs.trim",
  (db, p: { readonly before: number; readonly keep: number }) =>
    db.run(
      "DELETE FROM egress_logs WHERE id IN (SELECT id FROM egress_logs WHERE at < ? LIMIT ?)",
      p.before,
      TRIM_STEP,
    ) +
    db.run(
      "DELETE FROM egress_logs WHERE id IN (SELECT id FROM egress_logs WHERE id <= " +
        "(SELECT max(id) FROM egress_logs) - ? LIMIT ?)",
      p.keep,
      TRIM_STEP,
    ),
);

/** The writes of the log of egress. */
export const EGRESS_LOG_WRITES = [insertEgressLogs, trimEgressLogs];
