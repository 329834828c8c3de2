import { operation } from "../db/mod.ts";
import { forgetApp, forgetSomeOfApp } from "../ownership/operations.ts";

/**
 * One small step of forgetting apps: those removed before `before` wholly, the code of those whose
 * data was kept. Returns false when nothing is left to do.
 */
export const purgeStep = operation(
  "apps.purge",
  (db, p: { before: number; limit: number }): boolean => {
    const gone = db.get<{ id: string }>(
      "SELECT id FROM apps WHERE state = 'removed' AND removed_at < ? LIMIT 1",
      p.before,
    );
    if (gone) {
      if (!forgetSomeOfApp(db, { appId: gone.id, limit: p.limit })) forgetApp(db, gone.id);
      return true;
    }
    const kept = db.get<{ id: string }>(
      "SELECT id FROM apps a WHERE state = 'kept' AND EXISTS " +
        "(SELECT 1 FROM revisions WHERE app_id = a.id) LIMIT 1",
    );
    if (!kept) return false;
    const some = (table: string) =>
      db.run(
        `DELETE FROM ${table} WHERE (app_id, revision, path) IN ` +
          `(SELECT app_id, revision, path FROM ${table} WHERE app_id = ? LIMIT ?)`,
        kept.id,
        p.limit,
      );
    if (some("files") === 0 && some("folders") === 0) {
      db.run("DELETE FROM revisions WHERE app_id = ?", kept.id);
    }
    return true;
  },
  { essential: true },
);
