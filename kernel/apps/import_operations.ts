import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { refuseTaken } from "./app_operations.ts";

/** An app that comes from another node. */
export interface ImportParams {
  /** Its id where it was; it keeps it where nothing here ever had it. */
  readonly originId: string;
  /** Used when the old id is taken. */
  readonly newId: string;
  readonly userId: string;
  readonly name: string;
  readonly title: string | null;
  readonly at: number;
}

/** Makes the app, without a revision, and remembers that its import has not ended. */
export const importApp = operation("apps.import", (db, p: ImportParams): { id: string } => {
  refuseTaken(db, p.name);
  if (db.get("SELECT 1 AS x FROM apps WHERE state = 'kept' AND name = ?", p.name)) {
    throw new FaztError("NAME_TAKEN", `Cannot use the name "${p.name}": it holds kept data`, {
      status: 409,
    });
  }
  const id = isFree(db, p.originId) ? p.originId : p.newId;
  db.run(
    "INSERT INTO apps (id, user_id, name, title, state, origin_id, created_at, updated_at) " +
      "VALUES (?, ?, ?, ?, 'active', ?, ?, ?)",
    ...[id, p.userId, p.name, p.title, p.originId, p.at, p.at],
  );
  db.run("INSERT INTO aliases VALUES (?, ?, 'proxy', NULL, ?)", p.name, id, p.at);
  db.run("INSERT INTO app_imports VALUES (?, ?, ?)", id, p.userId, p.at);
  return { id };
});

/** From here on the app is one like any other. */
export const endImport = operation(
  "apps.endImport",
  (db, p: { readonly id: string }) => db.run("DELETE FROM app_imports WHERE app_id = ?", p.id),
);

/** Takes away apps whose import did not end; the next purge forgets all of them. */
export const abandonImports = operation(
  "apps.abandonImports",
  (db, p: { readonly id: string | null; readonly at: number }): string[] => {
    const ids = db.all<{ app_id: string }>("SELECT app_id FROM app_imports")
      .map((row) => row.app_id).filter((id) => p.id === null || p.id === id);
    for (const id of ids) {
      db.run(
        "UPDATE apps SET state = 'removed', removed_at = 0, updated_at = ? WHERE id = ?",
        p.at,
        id,
      );
      for (const table of ["aliases", "domains", "grants", "app_imports"]) {
        db.run(`DELETE FROM ${table} WHERE app_id = ?`, id);
      }
    }
    return ids;
  },
  { essential: true },
);

/** Nothing here belongs to this id but lines of the log of who did what. */
function isFree(db: Connection, id: string): boolean {
  const tables = db.all<{ name: string }>(
    "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name <> 'activity' " +
      "AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'app_id')",
  );
  return db.get("SELECT 1 AS x FROM apps WHERE id = ?", id) === undefined &&
    db.get("SELECT 1 AS x FROM keys WHERE instr(scopes, ?) > 0", id) === undefined &&
    tables.every(({ name }) =>
      db.get(`SELECT 1 AS x FROM "${name}" WHERE app_id = ? LIMIT 1`, id) === undefined
    );
}
