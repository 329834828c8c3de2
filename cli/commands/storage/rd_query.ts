import { formatDuration } from "../../../kernel/lib/duration.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { rowLines, type SqlCell } from "../../sql_lines.ts";

interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlCell[])[];
  readonly ms: number;
}

/** `fazt storage rd query`. */
export const command = defineCommand({
  name: "storage rd query",
  summary: "Ask an app's tables, as the app would",
  group: "data",
  args: ["<app>", "<statement>"],
  flags: { user: "the rows of this person, not those of the whole app" },
  examples: [
    "storage rd query shop 'SELECT name, stock FROM items ORDER BY stock'",
    "storage rd query diary 'SELECT * FROM entries' --user usr_7yc3a9b2d4e5",
  ],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const { user } = ctx.flags;
    const answer = await ctx.api.post<Answer>(apiPath`/api/storage/${ref}/rd/query`, {
      sql: ctx.args.statement,
      ...(user === undefined ? {} : { user }),
    });
    ctx.out.result(answer, () => rowLines(answer.columns, answer.rows));
    const { rows, ms } = answer;
    ctx.out.message(
      `${rows.length} ${rows.length === 1 ? "row" : "rows"} in ${formatDuration(ms)}`,
    );
  },
});
