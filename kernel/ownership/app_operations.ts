import { type Connection, operation } from "../db/mod.ts";
import { DYNAMIC_TABLES, type DynamicTables } from "../storage/operations.ts";
import { forgetAppActivity } from "./forget_activity.ts";
import { deleteRows, within } from "./row_operations.ts";
import { OUTLIVE_APPS, ownedTables, quote } from "./table_operations.ts";

/** One small step of forgetting all an app has; false when nothing is left. */
export function forgetSomeOfApp(
  db: Connection,
  { appId, limit, pillars = DYNAMIC_TABLES }: {
    readonly appId: string;
    readonly limit: number;
    readonly pillars?: readonly DynamicTables[];
  },
): boolean {
  for (const pillar of pillars) if (pillar.drop(db, { appId, limit })) return true;
  for (const table of ownedTables(db, pillars)) {
    if (!table.hasApp || OUTLIVE_APPS.includes(table.name)) continue;
    table.pillar?.prepare?.(db);
    const key = table.key.join(", ");
    const some = `(${key}) IN (SELECT ${key} FROM ${quote(table.name)} WHERE app_id = ? LIMIT ?)`;
    const gone = within(
      limit,
      (n) => deleteRows(db, table, { where: some, values: [appId, n] }),
    );
    if (gone > 0) return true;
  }
  return false;
}

/**
 * The last step: the app itself, and what the log of the node says of it. Its id stays while there
 * are forks of it, without its name, and goes with the last.
 */
export function forgetApp(db: Connection, appId: string): void {
  db.run(
    "INSERT INTO ancestors SELECT id, id, parent_id, coalesce(origin_id, id), created_at " +
      "FROM apps a WHERE id = ? AND (EXISTS (SELECT 1 FROM apps c WHERE c.parent_id = a.id) OR " +
      "EXISTS (SELECT 1 FROM ancestors c WHERE c.parent_id = a.id))",
    appId,
  );
  db.run("DELETE FROM apps WHERE id = ?", appId);
  db.run(
    "DELETE FROM ancestors WHERE NOT EXISTS (SELECT 1 FROM apps a " +
      "WHERE a.origin_id = ancestors.origin_id OR a.id = ancestors.origin_id)",
  );
  forgetAppActivity(db, appId);
}

/** One small step of forgetting an app wholly and at once; false when nothing is left. */
export const forgetAppStep = operation(
  "ownership.forgetApp",
  (db, p: { readonly appId: string; readonly limit: number }): boolean => {
    if (forgetSomeOfApp(db, p)) return true;
    forgetApp(db, p.appId);
    return false;
  },
  { essential: true },
);
