import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { VisitReport } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { SPAN_FLAGS, spanQuery } from "../../span_query.ts";
import { facts, table } from "../../table.ts";

type Report = VisitReport & { readonly app?: { readonly id: string; readonly name?: string } };

/** `fazt analytics show`. */
export const command = defineCommand({
  name: "analytics show",
  summary: "Show visitors, views and answers of an app or of all, beside the time before",
  group: "system",
  args: ["[app]"],
  flags: { ...SPAN_FLAGS, step: "length of the parts: minute, hour or day" },
  examples: ["analytics show", "analytics show blog --since 30d --step day"],
  async run({ args, flags, api, out }) {
    const report = await api.get<Report>(
      apiPath`/api/analytics` + spanQuery(flags, { app: args.app }),
    );
    const { totals, previous, latency } = report;
    const ms = (value: number | null) => value === null ? "-" : `${value} ms`;
    out.result(report, () => [
      ...facts([
        ["time", `${formatTime(report.from)} to ${formatTime(report.to)}`],
        ["visitors", `${totals.visitors}${change(totals.visitors, previous.visitors)}`],
        ["views", `${totals.views}${change(totals.views, previous.views)}`],
        ["requests", `${totals.requests}${change(totals.requests, previous.requests)}`],
        ["sent", formatBytes(totals.bytesOut)],
        [
          "answers",
          Object.entries(report.statuses).filter(([, n]) => n > 0)
            .map(([name, n]) => `${name} ${n}`).join(", "),
        ],
        ["took", `half ${ms(latency.p50)}, 95 % ${ms(latency.p95)}, 99 % ${ms(latency.p99)}`],
      ]),
      "",
      ...table(
        ["FROM", "VISITORS", "VIEWS", "REQUESTS", "SENT", "FAILED"],
        report.series.filter((part) => part.requests > 0).map((part) => [
          formatTime(part.at),
          part.visitors,
          part.views,
          part.requests,
          formatBytes(part.bytesOut),
          part.errors,
        ]),
      ),
    ]);
  },
});

function change(now: number, before: number): string {
  if (before === 0) return "";
  const part = Math.round((now - before) / before * 100);
  return ` (${part > 0 ? "+" : ""}${part} %)`;
}
