import type { Connection } from "../db/mod.ts";
import { MIB } from "../lib/bytes.ts";
import { FaztError } from "../lib/fazt_error.ts";

/** Whose storage: one app, and within it one person or everybody. */
export interface Owner {
  readonly appId: string;
  readonly userId: string;
}

/** What one app holds in one pillar, everybody's together. */
export function usageOf(
  db: Connection,
  appId: string,
  pillar: string,
): { entries: number; bytes: number } {
  return db.get<{ entries: number; bytes: number }>(
    "SELECT entries, bytes FROM storage_totals WHERE app_id = ? AND pillar = ?",
    appId,
    pillar,
  ) ?? { entries: 0, bytes: 0 };
}

/** What one app keeps. */
export interface AppUsage {
  readonly appId: string;
  /** By pillar, each that holds something or did. */
  readonly pillars: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
  /** Bytes of the pillars that `storage.appMb` bounds together. */
  readonly bytes: number;
  readonly maxBytes: number;
}

/** What every app keeps, or one, the most first. */
export function usageByApp(
  db: Connection,
  appId: string | undefined,
  maxBytes: (appId: string) => number,
): AppUsage[] {
  const rows = db.all<{ app_id: string; pillar: string; entries: number; bytes: number }>(
    "SELECT app_id, pillar, entries, bytes FROM storage_totals WHERE ?1 IS NULL OR app_id = ?1 " +
      "ORDER BY app_id, pillar",
    appId ?? null,
  );
  return [...Map.groupBy(rows, (row) => row.app_id)].map(([appId, rows]) => ({
    appId,
    pillars: Object.fromEntries(
      rows.map(({ pillar, entries, bytes }) => [pillar, { entries, bytes }]),
    ),
    bytes: rows.reduce((sum, { pillar, bytes }) => COUNTED.includes(pillar) ? sum + bytes : sum, 0),
    maxBytes: maxBytes(appId),
  })).sort((a, b) => b.bytes - a.bytes);
}

/** Pillars whose bytes `storage.appMb` bounds together; files have a bound of their own. */
const COUNTED = ["kv", "ds", "rd"];
const COUNTED_SQL = `(${COUNTED.map((pillar) => `'${pillar}'`).join(", ")})`;

/**
 * Checks that an app may grow, before it does.
 * @throws {FaztError} `QUOTA` naming `storage.appMb`.
 */
export function assertRoom(
  db: Connection,
  appId: string,
  { grow, maxMb }: { readonly grow: number; readonly maxMb: number },
): void {
  if (grow <= 0) return;
  const { bytes } = db.get<{ bytes: number }>(
    "SELECT coalesce(sum(bytes), 0) AS bytes FROM storage_totals " +
      `WHERE app_id = ? AND pillar IN ${COUNTED_SQL}`,
    appId,
  )!;
  if (bytes + grow > maxMb * MIB) {
    throw quotaError("storage.appMb", Math.ceil(bytes / MIB), maxMb);
  }
}

/** Books a change; part of the same transaction as the change itself. */
export function addUsage(
  db: Connection,
  owner: Owner,
  change: { readonly pillar: string; readonly entries: number; readonly bytes: number },
): void {
  if (change.entries === 0 && change.bytes === 0) return;
  db.run(
    "INSERT INTO storage_usage VALUES (?, ?, ?, ?, ?) " +
      "ON CONFLICT (app_id, user_id, pillar) DO UPDATE SET " +
      "entries = entries + excluded.entries, bytes = bytes + excluded.bytes",
    owner.appId,
    owner.userId,
    change.pillar,
    change.entries,
    change.bytes,
  );
  db.run(
    "INSERT INTO storage_totals VALUES (?, ?, ?, ?) ON CONFLICT (app_id, pillar) DO UPDATE SET " +
      "entries = entries + excluded.entries, bytes = bytes + excluded.bytes",
    owner.appId,
    change.pillar,
    change.entries,
    change.bytes,
  );
}

/** The error of every storage quota: names the limit, its value and the use. */
export function quotaError(limit: string, used: number, max: number): FaztError {
  return new FaztError("QUOTA", `Cannot store more: ${limit} is ${max}, in use ${used}`, {
    hint: `the owner can raise it: fazt config set limits.${limit} <value>`,
    details: { limit, used, max },
  });
}
