import type { ComponentChildren } from "preact";

/** A column: how it is called and what it shows of a row. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** `tight`: as narrow as its content; `actions`: buttons at the end of the row. */
  readonly kind?: "tight" | "end" | "actions";
}

/** A table that folds into cards on a phone. The first column names the row. */
export function Table<T>(
  { columns, rows, rowKey, caption }: {
    readonly columns: readonly Column<T>[];
    readonly rows: readonly T[];
    readonly rowKey: (row: T) => string | number;
    /** For screen readers. */
    readonly caption: string;
  },
) {
  return (
    <table class="table fold">
      <caption class="sr">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, kind }) => (
            <th key={title} scope="col" class={kind}>
              {kind === "actions" ? <span class="sr">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ title, cell, kind }, i) => (
              <td
                key={title}
                data-label={title}
                class={[kind, i === 0 ? "first" : ""].filter(Boolean).join(" ")}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
