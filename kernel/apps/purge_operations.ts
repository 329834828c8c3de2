import { type Connection, operation } from "../db/mod.ts";
import { dropStorage } from "../storage/operations.ts";

/** The log of who did what outlives the app it was done to. */
const OUTLIVES = ["activity", "apps"];

/** Every table with rows of an app, and its primary key: whatever is added later is found too. */
function tablesOfApps(db: Connection): { name: string; key: string }[] {
  const tables = db.all<{ name: string }>(
    "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS " +
      "(SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'app_id')",
  );
  return tables.filter(({ name }) => !OUTLIVES.includes(name)).map(({ name }) => ({
    name,
    key: db.all<{ name: string }>(
      "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
      name,
    ).map((column) => `"${column.name}"`).join(", ") || "rowid",
  }));
}

/** Deletes at most `limit` rows of an app; returns how many. */
function deleteSome(
  db: Connection,
  table: { name: string; key: string },
  of: { appId: string; limit: number },
): number {
  return db.run(
    `DELETE FROM "${table.name}" WHERE (${table.key}) IN ` +
      `(SELECT ${table.key} FROM "${table.name}" WHERE app_id = ? LIMIT ?)`,
    of.appId,
    of.limit,
  );
}

/** Deletes an app's row; its name stays while there are forks of it, and goes with the last. */
function forgetApp(db: Connection, id: string): void {
  db.run(
    "INSERT INTO ancestors SELECT id, name, parent_id, coalesce(origin_id, id), created_at " +
      "FROM apps a WHERE id = ? AND (EXISTS (SELECT 1 FROM apps c WHERE c.parent_id = a.id) OR " +
      "EXISTS (SELECT 1 FROM ancestors c WHERE c.parent_id = a.id))",
    id,
  );
  db.run("DELETE FROM apps WHERE id = ?", id);
  db.run(
    "DELETE FROM ancestors WHERE NOT EXISTS (SELECT 1 FROM apps a " +
      "WHERE a.origin_id = ancestors.origin_id OR a.id = ancestors.origin_id)",
  );
}

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
      if (dropStorage(db, { appId: gone.id, limit: p.limit })) return true;
      for (const table of tablesOfApps(db)) {
        if (deleteSome(db, table, { appId: gone.id, limit: p.limit }) > 0) return true;
      }
      forgetApp(db, gone.id);
      return true;
    }
    const kept = db.get<{ id: string }>(
      "SELECT id FROM apps a WHERE state = 'kept' AND EXISTS " +
        "(SELECT 1 FROM revisions WHERE app_id = a.id) LIMIT 1",
    );
    if (!kept) return false;
    const files = { name: "files", key: "app_id, revision, path" };
    const folders = { name: "folders", key: "app_id, revision, path" };
    const step = { appId: kept.id, limit: p.limit };
    if (deleteSome(db, files, step) === 0 && deleteSome(db, folders, step) === 0) {
      db.run("DELETE FROM revisions WHERE app_id = ?", kept.id);
    }
    return true;
  },
  { essential: true },
);
