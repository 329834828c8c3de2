import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { AppRunState } from "../../../kernel/proc/mod.ts";
import type { TrafficInfo } from "../../../kernel/traffic/mod.ts";
import type { App, AppDomain } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { domainName } from "../../domain_lines.ts";
import { count, filesAndSize, formatTime, list } from "../../format.ts";
import { sourceLine } from "../../source_lines.ts";
import { facts } from "../../table.ts";

type Status = AppRunState & { readonly traffic: TrafficInfo };

/** `fazt app info`. */
export const command = defineCommand({
  name: "app info",
  summary: "Show one app: addresses, revision, grants, and how its server code does",
  group: "apps",
  args: ["<app>"],
  examples: ["app info blog", "app info --id app_7yc3kq9x2m4d"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    type Info = App & { readonly domains?: readonly AppDomain[] };
    const app = await ctx.api.get<Info>(apiPath`/api/apps/${ref}`);
    const { traffic, ...state } = await ctx.api.get<Status>(apiPath`/api/apps/${ref}/status`);
    const run = app.hasServer ? state : undefined;
    ctx.out.result({ ...app, ...(run ? { run } : {}), traffic }, () =>
      facts([
        ["name", app.name],
        ["id", app.id],
        ["title", app.title],
        ["address", list(app.urls.length > 0 ? app.urls : [app.url])],
        ["domains", list((app.domains ?? []).map(domainText))],
        ["state", app.state],
        ["revision", app.revision],
        ["version", app.version],
        ["source", sourceLine(app)],
        ...app.source?.signer ? [["signed by", app.source.signer] as const] : [],
        ["forked from", app.parentId],
        ["content", filesAndSize(app.files, app.size)],
        ["cid", app.cid],
        ["public cid", app.publicCid === app.cid ? undefined : app.publicCid],
        ["grants", list(app.grants.approved)],
        ["pending", list(app.grants.pending)],
        ["created", formatTime(app.createdAt)],
        ["changed", formatTime(app.updatedAt)],
        ...run ? runFacts(run) : [],
        ["traffic", trafficLine(traffic)],
      ]));
  },
});

/** `example.com (primary)`, `old.example (redirects, pending)`. */
function domainText(one: AppDomain): string {
  const words = [
    ...one.primary ? ["primary"] : [],
    ...one.role === "redirect" ? ["redirects"] : [],
    ...one.state === "active" ? [] : [one.state],
  ];
  return `${domainName(one)}${words.length === 0 ? "" : ` (${words.join(", ")})`}`;
}

function runFacts(run: AppRunState): [string, string][] {
  return [
    [
      "server",
      `${run.state}, ${
        count(run.isolates, "isolate")
      }, ${run.inFlight} in flight, ${run.waiting} waiting`,
    ],
    ["requests", `${run.requests}, of them ${run.errors} failed`],
    ["restarts", `${run.restarts}, cold starts ${run.coldStarts}, from a spare ${run.sparesUsed}`],
    ["processor", formatDuration(run.cpuMs)],
    ["memory", `heap ${formatBytes(run.heapBytes)}, outside ${formatBytes(run.externalBytes)}`],
    ...run.lastFailure ? [["last failure", run.lastFailure] as [string, string]] : [],
  ];
}

/** `1.2 MB to visitors, 300 B from them in 42 requests of 2026-11 (UTC)`. */
function trafficLine({ bytesOut, bytesIn, requests, budget, month }: TrafficInfo): string {
  const most = budget === null ? "" : ` of ${formatBytes(budget)}`;
  const sums = `${formatBytes(bytesOut)}${most} to visitors, ${formatBytes(bytesIn)} from them`;
  return `${sums} in ${count(requests, "request")} of ${month} (UTC)`;
}
