import type { Connection } from "../db/mod.ts";
import { addUsage } from "./usage.ts";

/** Where a copy goes on: what its copier wrote down; null is the beginning. */
export type CopyCursor = readonly (string | number | Uint8Array | null)[] | null;

/** One small part of copying one app's data to another. */
export interface CopyStep {
  readonly from: string;
  readonly to: string;
  readonly after: CopyCursor;
  /** Rows, and bytes of values, that one write copies at most; a single row may be larger. */
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** How far a copy is. `after` is null when nothing is left. */
export interface CopyProgress {
  readonly after: CopyCursor;
  readonly rows: number;
}

/**
 * Copies what one kind of storage holds of an app. It runs in the writer, a transaction a step, so
 * it finds everything it needs in the database and its cursor. It books the usage of what it wrote.
 */
export interface StorageCopier {
  readonly name: string;
  readonly step: (db: Connection, step: CopyStep) => CopyProgress;
}

/**
 * Copies the rows of a table whose primary key begins with `app_id`, in the order of the rest of
 * it. Rows that change meanwhile are copied as they are when it comes to them.
 */
export function tableCopier(table: string, options: {
  /** What usage is booked under; the table then has `user_id`. */
  readonly pillar: string;
  /** Column with the bytes of a row. */
  readonly size: string;
}): StorageCopier {
  return {
    name: table,
    step(db, { from, to, after, maxRows, maxBytes }) {
      const { key, columns } = shapeOf(db, table);
      const keys = key.join(", ");
      const marks = key.map(() => "?").join(", ");
      const beyond = after === null ? "" : ` AND (${keys}) > (${marks})`;
      const start = after ?? [];
      const next = db.all<Record<string, string | number>>(
        `SELECT ${keys}, ${options.size} AS bytes_of_row FROM "${table}" ` +
          `WHERE app_id = ?${beyond} ORDER BY ${keys} LIMIT ?`,
        from,
        ...start,
        maxRows,
      );
      let bytes = 0;
      const over = next.findIndex((row) => (bytes += Number(row.bytes_of_row)) > maxBytes);
      const taken = over < 0 ? next : next.slice(0, Math.max(1, over));
      const last = taken.at(-1);
      if (last === undefined) return { after: null, rows: 0 };
      const end = key.map((column) => last[column.slice(1, -1)]!);
      const range = `FROM "${table}" WHERE app_id = ?${beyond} AND (${keys}) <= (${marks})`;
      const bounds = [from, ...start, ...end];
      const usage = db.all<{ user_id: string; entries: number; bytes: number }>(
        `SELECT user_id, count(*) AS entries, sum(${options.size}) AS bytes ${range} ` +
          "GROUP BY user_id",
        ...bounds,
      );
      const others = columns.join(", ");
      const rows = db.run(
        `INSERT INTO "${table}" (app_id, ${others}) SELECT ?, ${others} ${range}`,
        to,
        ...bounds,
      );
      for (const { user_id: userId, entries, bytes } of usage) {
        addUsage(db, { appId: to, userId }, { pillar: options.pillar, entries, bytes });
      }
      const done = taken.length === next.length && next.length < maxRows;
      return { after: done ? null : end, rows };
    },
  };
}

/** Quoted names of a table's columns but `app_id`: those of its key, and all. */
function shapeOf(db: Connection, table: string): { key: string[]; columns: string[] } {
  const all = db.all<{ name: string; pk: number }>(
    "SELECT name, pk FROM pragma_table_info(?) WHERE name <> 'app_id' ORDER BY pk",
    table,
  );
  const quoted = (column: { name: string }) => `"${column.name}"`;
  return { key: all.filter(({ pk }) => pk > 0).map(quoted), columns: all.map(quoted) };
}
