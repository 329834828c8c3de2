import { operation } from "../db/mod.ts";

/** Gives unused pages back to the file system, at most `pages`; returns how many are left. */
export const releasePages = operation(
  "ownership.releasePages",
  (db, p: { readonly pages: number }): number => {
    // Its rows must be fetched: the pragma frees one page for each.
    db.all(`PRAGMA incremental_vacuum(${Math.floor(p.pages)})`);
    return db.get<{ freelist_count: number }>("PRAGMA freelist_count")!.freelist_count;
  },
  { essential: true },
);

/**
 * Folds the write-ahead log into the file and empties it; false while a reader is in the way.
 * Runs outside of any transaction.
 */
export const truncateLog = operation(
  "ownership.truncateLog",
  (db, p: { readonly waitMs: number }): boolean => {
    const { timeout } = db.get<{ timeout: number }>("PRAGMA busy_timeout")!;
    db.exec(`PRAGMA busy_timeout = ${Math.floor(p.waitMs)}`);
    try {
      return db.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")!.busy === 0;
    } finally {
      db.exec(`PRAGMA busy_timeout = ${timeout}`);
    }
  },
  { essential: true, alone: true },
);
