import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { CronList, RunInfo } from "../../api_types.ts";
import { apiPath, type Client } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { cronEntry } from "../../cron_entry.ts";
import { EXIT } from "../../exit_code.ts";
import { resultSpan } from "../../run_lines.ts";

/** How long `--follow` waits between two looks, ms. */
const LOOK_MS = 250;

/** `fazt app cron run`. */
export const command = defineCommand({
  name: "app cron run",
  summary: "Run a cron entry now, besides its own times; -f waits for its end",
  group: "schedule",
  args: ["<app>", "[entry]"],
  flags: { follow: "wait until it has run; exit with 1 if it failed" },
  examples: ["app cron run blog", "app cron run blog 1 -f", "app cron run blog api/clean.ts"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const path = apiPath`/api/apps/${await ctx.appRef(args.app)}/cron`;
    const entry = cronEntry((await api.get<CronList>(path)).entries, args.entry);
    const job = await api.post<{ readonly id: string }>(`${path}/${entry.n}/run`);
    if (!flags.follow) {
      return out.result({ id: job.id, n: entry.n, handler: entry.handler }, () => [
        `${entry.handler} runs now: fazt app cron history ${args.app} shows how it goes`,
      ]);
    }
    const run = await ended(api, `${path}/history`, { jobId: job.id, signal: ctx.signal });
    out.result(run, () => [
      [
        `${entry.handler}: `,
        resultSpan(run.result),
        ` in ${formatDuration((run.endedAt ?? 0) - (run.startedAt ?? run.endedAt ?? 0))}`,
        run.error === null ? "" : `: ${run.error}`,
      ],
    ]);
    return run.result === "ok" ? EXIT.ok : EXIT.failed;
  },
});

/** The first attempt of a job, once it is over. */
async function ended(
  api: Client,
  path: string,
  { jobId, signal }: { readonly jobId: string; readonly signal: AbortSignal },
): Promise<RunInfo> {
  for (;;) {
    const runs = await api.get<RunInfo[]>(path);
    // Newest first: attempts after the first one stand before it.
    const run = runs.findLast((one) => one.jobId === jobId);
    if (run !== undefined && run.result !== null) return run;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
