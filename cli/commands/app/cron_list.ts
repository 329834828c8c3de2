import type { CronList, JobInfo } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import type { Line } from "../../output.ts";
import { resultSpan } from "../../run_lines.ts";
import { table } from "../../table.ts";

/** `fazt app cron list`. */
export const command = defineCommand({
  name: "app cron list",
  summary: "List what an app runs by the clock, the jobs that wait, and what failed for good",
  group: "schedule",
  args: ["<app>"],
  examples: ["app cron list blog"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const list = await ctx.api.get<CronList>(apiPath`/api/apps/${ref}/cron`);
    ctx.out.result(list, () => [
      ...entryLines(list),
      ...jobLines("Jobs", list.jobs),
      ...jobLines("Failed for good", list.dead),
    ]);
  },
});

function entryLines({ entries }: CronList): Line[] {
  if (entries.length === 0) return ["No cron entries: they stand under cron in app.json"];
  return table(
    ["N", "SCHEDULE", "ZONE", "HANDLER", "NEXT", "LAST", "RESULT"],
    entries.map((entry) => [
      entry.n,
      entry.schedule,
      entry.timezone,
      entry.handler,
      entry.nextAt === null ? "never" : formatTime(entry.nextAt),
      entry.lastAt === null ? null : formatTime(entry.lastAt),
      entry.running ? "running" : entry.lastResult === null ? null : resultSpan(entry.lastResult),
    ]),
  );
}

function jobLines(title: string, jobs: readonly JobInfo[]): Line[] {
  if (jobs.length === 0) return [];
  return [
    "",
    { text: title, style: "bold" },
    ...table(
      ["ID", "STATE", "WHEN", "TRIES", "WHAT", "HANDLER", "ERROR"],
      jobs.map((job) => [
        job.id,
        job.status,
        formatTime(job.nextAt ?? job.updatedAt),
        job.attempt,
        job.cron ?? "job",
        job.handler ?? "api/main",
        job.error,
      ]),
    ),
  ];
}
