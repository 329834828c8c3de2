import type { Connection } from "../../db/mod.ts";
import { physical } from "./ddl.ts";
import type { Column, TableSchema } from "./schema.ts";

/** One table of an app. */
export interface Table {
  readonly id: string;
  readonly name: string;
  readonly schema: TableSchema;
}

/** The tables of one app. */
export interface Catalogue {
  readonly tables: readonly Table[];
  /** The view of a table, by the table's name in lower case. */
  readonly views: ReadonlyMap<string, string>;
  /** By the names of physical table and view. */
  readonly byPhysical: ReadonlyMap<string, Table>;
  /** The table that a view or trigger belongs to. */
  readonly actors: ReadonlyMap<string, Table>;
  /** The first pages of its tables and indexes in the file. */
  readonly roots: ReadonlySet<number>;
}

/** Reads what an app defined. */
export function readCatalogue(db: Connection, appId: string): Catalogue {
  const tables = readTables(db, appId);
  const roots = db.all<{ rootpage: number }>(
    "SELECT rootpage FROM sqlite_master WHERE rootpage > 0 AND " +
      "tbl_name IN (SELECT value FROM json_each(?))",
    JSON.stringify(tables.map(({ id }) => physical(id).table)),
  );
  return {
    roots: new Set(roots.map(({ rootpage }) => rootpage)),
    tables,
    views: new Map(tables.map(({ id, name }) => [name.toLowerCase(), physical(id).view])),
    byPhysical: new Map(tables.flatMap((table) => {
      const names = physical(table.id);
      return [[names.table, table], [names.view, table]] as const;
    })),
    actors: new Map(
      tables.flatMap((table) => physical(table.id).actors.map((actor) => [actor, table] as const)),
    ),
  };
}

/** The tables of an app, in the order of their names. */
export function readTables(db: Connection, appId: string): Table[] {
  return db.all<{ id: string; name: string; schema: string }>(
    "SELECT id, name, schema FROM rd_tables WHERE app_id = ? ORDER BY name",
    appId,
  ).map(({ id, name, schema }) => ({ id, name, schema: JSON.parse(schema) }));
}

/** The column a result comes from, by what SQLite says of it. */
export function columnOf(
  catalogue: Catalogue,
  origin: { readonly table: string | null; readonly column: string | null },
): Column | undefined {
  const table = catalogue.byPhysical.get(origin.table ?? "");
  return table?.schema.columns.find(({ name }) => `c_${name}` === origin.column);
}
