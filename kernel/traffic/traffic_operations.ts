import { operation } from "../db/mod.ts";

/** What came to an app's month since the last write. */
export interface TrafficRow {
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly appId: string;
  readonly userId: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requests: number;
  readonly told: string | null;
}

/** Adds to the months of some apps. */
export const addTraffic = operation(
  "traffic.add",
  (db, p: { readonly rows: readonly TrafficRow[] }) => {
    for (const row of p.rows) {
      db.run(
        "INSERT INTO traffic VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
          "bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out, " +
          "requests = requests + excluded.requests, told = excluded.told",
        ...[row.month, row.appId, row.userId],
        ...[row.bytesIn, row.bytesOut, row.requests, row.told],
      );
    }
  },
);

/** Forgets the months before one. */
export const trimTraffic = operation(
  "traffic.trim",
  (db, p: { readonly before: string }) => db.run("DELETE FROM traffic WHERE month < ?", p.before),
  { essential: true },
);
