import type { SqlStatement, SqlValue } from "../../db/mod.ts";
import { DONE } from "./ddl.ts";
import { plain } from "./params.ts";

/**
 * A statement that gives rows, with one more row behind the last one. `iterate` of Deno 2.9.6 ends
 * without a word when SQLite gives an error: rows without the one behind them are not all.
 */
export function withEnd(sql: string, columns: number): string {
  const nulls = ", NULL".repeat(columns - 1);
  return `SELECT * FROM (${sql}) UNION ALL SELECT ${DONE}()${nulls}`;
}

/** Tells of each row before it is kept; false ends the reading. */
export type OnRow = (row: readonly SqlValue[], kept: number) => boolean;

/** The rows of a statement that {@link withEnd} made, as far as `onRow` wants them. */
export function readRows(
  statement: SqlStatement,
  { params, onRow, done }: {
    readonly params: readonly SqlValue[];
    readonly onRow: OnRow;
    /** Whether the row behind the last one was reached. */
    readonly done: () => boolean;
  },
): SqlValue[][] {
  const rows: SqlValue[][] = [];
  // A raw statement gives arrays, which its type does not say.
  for (const row of statement.iterate(...params) as unknown as Iterable<SqlValue[]>) {
    if (done()) return rows;
    if (!onRow(row, rows.length)) return rows;
    rows.push(row.map(plain));
  }
  // Says what the error was; it was met after at most as many rows as were kept.
  statement.all(...params);
  throw new Error("a statement ended before its last row");
}

/** About what a row takes. */
export function rowBytes(row: readonly SqlValue[]): number {
  let bytes = 0;
  for (const value of row) {
    bytes += typeof value === "string" || value instanceof Uint8Array ? value.length + 8 : 8;
  }
  return bytes;
}
