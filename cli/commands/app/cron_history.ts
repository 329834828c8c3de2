import type { RunInfo } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";
import { runLines } from "../../run_lines.ts";

/** `fazt app cron history`. */
export const command = defineCommand({
  name: "app cron history",
  summary: "Show how the cron entries and jobs of an app went, newest first",
  group: "schedule",
  args: ["<app>"],
  flags: { limit: "runs to show (default 100, at most 1000)" },
  examples: ["app cron history blog", "app cron history blog -n 5 --json"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const limit = readCount(ctx.flags.limit, "a limit") ?? 100;
    const runs = await ctx.api.get<RunInfo[]>(
      apiPath`/api/apps/${ref}/cron/history?limit=${limit}`,
    );
    ctx.out.result(runs, () => runs.length === 0 ? ["Nothing ran yet"] : runLines(runs));
  },
});
