import { styled } from "./format.ts";
import type { Line } from "./output.ts";
import { type Cell, table } from "./table.ts";

/** A value of a row as the API sends it. */
export type SqlCell = string | number | null | { readonly $bytes: string };

/** Characters of a value a table shows. */
const WIDTH = 60;

/** Rows as a table, long values cut. */
export function rowLines(
  columns: readonly string[],
  rows: readonly (readonly SqlCell[])[],
): Line[] {
  if (rows.length === 0) return ["No rows"];
  return table(columns, rows.map((row) => row.map(cellOf)));
}

function cellOf(value: SqlCell): Cell {
  if (value === null) return styled("dim", "NULL");
  if (typeof value === "number") return value;
  if (typeof value === "object") {
    return styled("dim", `${Uint8Array.fromBase64(value.$bytes).length} bytes`);
  }
  const line = value.replaceAll(/\s+/g, " ");
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
