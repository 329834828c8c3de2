import { operation } from "./operation.ts";

/** Long read: SQLite's own check of the file; `["ok"]` when nothing is wrong. */
export const checkDatabase = operation(
  "db.check",
  (db, _params: Record<string, never>): string[] => {
    try {
      return db.all<{ quick_check: string }>("PRAGMA quick_check(20)")
        .map((row) => row.quick_check);
    } catch (error) {
      // Some damage ends the check itself.
      return [(error as Error).message];
    }
  },
);

/** The long reads of this folder. */
export const DB_LONG_READS = [checkDatabase];
