import { formatDuration } from "../../../kernel/lib/duration.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";
import { rowLines, type SqlCell } from "../../sql_lines.ts";

interface SqlAnswer {
  readonly ms: number;
  /** Of a statement that wrote. */
  readonly changes?: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlCell[])[];
  readonly truncated: boolean;
  readonly hidden: readonly string[];
}

/** `fazt sql`. */
export const command = defineCommand({
  name: "sql",
  summary: "Ask the node's database; it reads only, unless --write is given",
  group: "node",
  args: ["<statement>"],
  flags: {
    write: "let it change rows (never tables); kept in the activity log",
    limit: "rows shown, or changed at most (default 1000)",
  },
  examples: [
    "sql 'SELECT name, state FROM apps'",
    "sql 'SELECT app_id, count(*) FROM kv GROUP BY app_id' --json",
    "sql 'DELETE FROM logs WHERE at < 1800000000000' --write -n 5000",
  ],
  async run({ args, flags, api, out }) {
    const limit = readCount(flags.limit, "a limit");
    const answer = await api.post<SqlAnswer>("/api/sql", {
      sql: args.statement,
      ...(flags.write ? { write: true } : {}),
      ...(limit === undefined ? {} : { limit }),
    });
    if (answer.changes !== undefined) {
      const { changes } = answer;
      out.result(answer, () => [`${changes} ${changes === 1 ? "row" : "rows"} changed`]);
      return;
    }
    out.result(answer, () => rowLines(answer.columns, answer.rows));
    const { rows, truncated, hidden, ms } = answer;
    const many = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
    out.message(`${truncated ? `The first ${many}` : many} in ${formatDuration(ms)}`);
    if (truncated) out.message("There are more: -n N shows more of them");
    if (hidden.length > 0) out.message(`Shown as NULL, being credentials: ${hidden.join(", ")}`);
  },
});
