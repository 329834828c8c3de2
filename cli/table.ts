import { sanitise } from "./sanitise.ts";
import type { Line, Span } from "./output.ts";

/** A cell of a table; undefined and null are shown as a dash. */
export type Cell = Span | number | undefined | null;

/** Rows in aligned columns under a heading; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): Line[] {
  const cells = rows.map((row) => row.map(toSpan));
  const width = head.map((title, c) =>
    Math.max(title.length, ...cells.map((row) => length(row[c] ?? "")))
  );
  const right = head.map((_, c) =>
    rows.length > 0 && rows.every((row) => typeof row[c] === "number")
  );
  const line = (row: readonly Span[]): Line =>
    row.flatMap((span, c): Span[] => {
      const gap = " ".repeat(width[c]! - length(span));
      const last = c === row.length - 1;
      if (right[c]) return last ? [gap, span] : [gap, span, "  "];
      return last ? [span] : [span, gap, "  "];
    });
  return [line(head.map((text): Span => ({ text, style: "dim" }))), ...cells.map(line)];
}

/** `name  value` lines, the values aligned. */
export function facts(rows: readonly (readonly [string, Cell])[]): Line[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]): Line => [
    { text: name.padEnd(width + 2), style: "dim" },
    toSpan(value),
  ]);
}

function toSpan(cell: Cell): Span {
  if (cell === undefined || cell === null || cell === "") return "-";
  return typeof cell === "number" ? String(cell) : cell;
}

function length(span: Span): number {
  return [...sanitise(typeof span === "string" ? span : span.text)].length;
}
