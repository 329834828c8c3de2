import { formatDuration } from "../kernel/lib/duration.ts";
import type { RunInfo } from "./api_types.ts";
import { formatTime, styled } from "./format.ts";
import type { Line, Span, Style } from "./output.ts";
import { table } from "./table.ts";

const STYLES: Readonly<Record<string, Style>> = {
  ok: "green",
  error: "red",
  timeout: "red",
  dead: "red",
  interrupted: "yellow",
  skipped: "yellow",
  missed: "yellow",
};

/** How a run went, in its colour; one without a result still runs. */
export function resultSpan(result: string | null): Span {
  return result === null ? "running" : styled(STYLES[result] ?? "dim", result);
}

/** The history of an app's schedule as a table. */
export function runLines(runs: readonly RunInfo[]): Line[] {
  return table(
    ["WHEN", "RESULT", "TOOK", "TRY", "WHAT", "HANDLER", "ERROR"],
    runs.map((run) => [
      formatTime(run.startedAt ?? run.plannedAt),
      resultSpan(run.result),
      took(run),
      run.attempt,
      run.cron ?? "job",
      run.handler ?? "api/main",
      run.error,
    ]),
  );
}

function took({ startedAt, endedAt }: RunInfo): string {
  return startedAt === null || endedAt === null ? "-" : formatDuration(endedAt - startedAt);
}
