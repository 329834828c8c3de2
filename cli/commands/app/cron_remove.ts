import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app cron remove`. */
export const command = defineCommand({
  name: "app cron remove",
  summary: "Take back a job that waits, or forget one that failed for good",
  group: "schedule",
  args: ["<app>", "<job>"],
  examples: ["app cron remove blog job_3kq9x2m7wd4f"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const job = await api.delete<{ readonly id: string }>(
      apiPath`/api/apps/${ref}/jobs/${args.job}`,
    );
    out.result(job, () => [`${job.id} is gone`]);
  },
});
