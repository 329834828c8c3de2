import type { Connection } from "../db/mod.ts";

/** A table that was made at run time, and the app it was made for. */
export interface DynamicTable {
  readonly name: string;
  readonly appId: string;
}

/**
 * A pillar that makes a table for each thing an app has in it. Its tables need no `app_id`: the
 * pillar knows whose they are. Rows of persons carry `user_id`.
 */
export interface DynamicTables {
  readonly pillar: string;
  /** Its tables; it has made its catalogue in a migration. */
  readonly list: (db: Connection) => readonly DynamicTable[];
  /** Columns that hold SQLite's binary JSON; an export writes them as JSON. */
  readonly jsonb?: readonly string[];
  /** Called before rows change: their triggers may call functions of the connection. */
  readonly prepare?: (db: Connection) => void;
  /** One small step of dropping an app's tables with their catalogue; false when none is left. */
  readonly drop: (
    db: Connection,
    of: { readonly appId: string; readonly limit: number },
  ) => boolean;
}
