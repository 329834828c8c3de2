import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app cron retry`. */
export const command = defineCommand({
  name: "app cron retry",
  summary: "Run again what failed for good, with all its attempts",
  group: "schedule",
  args: ["<app>", "<job>"],
  examples: ["app cron retry blog job_3kq9x2m7wd4f"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const job = await api.post<{ readonly id: string }>(
      apiPath`/api/apps/${ref}/jobs/${args.job}/retry`,
    );
    out.result(job, () => [
      `${job.id} runs again: fazt app cron history ${args.app} shows how it goes`,
    ]);
  },
});
