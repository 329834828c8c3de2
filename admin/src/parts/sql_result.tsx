import { plural } from "../lib/format.ts";
import { Card } from "../ui/layout.tsx";
import { Empty } from "../ui/state.tsx";

/** Rows that a query gave. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly ms: number;
  readonly truncated?: boolean;
}

/** What a query found, as a table. */
export function SqlResult({ rows }: { readonly rows: Rows }) {
  return (
    <Card
      title={plural(rows.rows.length, "row")}
      flush
      footer={`${rows.ms} ms${rows.truncated ? "; there is more" : ""}`}
    >
      {rows.rows.length === 0 ? <Empty icon="search" title="No row fits" /> : (
        <table class="table">
          <caption class="sr">Rows</caption>
          <thead>
            <tr>{rows.columns.map((name, i) => <th key={i} scope="col">{name}</th>)}</tr>
          </thead>
          <tbody>
            {rows.rows.slice(0, 1000).map((row, i) => (
              <tr key={i}>
                {row.map((value, n) => <td key={n} class="mono small">{shown(value)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
