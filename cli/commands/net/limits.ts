import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { NetLimits } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import type { Line } from "../../output.ts";
import { ownerOf } from "../../query.ts";
import { facts, table } from "../../table.ts";

/** `fazt net limits`. */
export const command = defineCommand({
  name: "net limits",
  summary: "Show the limits of requests and sockets of apps and how much of them is in use",
  group: "egress",
  examples: ["net limits", "net limits --json"],
  async run({ api, out }) {
    const data = await api.get<NetLimits>("/api/net/limits");
    out.result(data, () => linesOf(data));
  },
});

function linesOf({ limits, usage }: NetLimits): Line[] {
  const { cache } = usage;
  const lines = facts([
    ["requests a minute, one app", limits.perMinute],
    ["requests a minute, all apps", `${limits.perMinuteGlobal}, in use ${usage.minute}`],
    ["open requests", usage.open],
    ["body sent", `${limits.outMb} MiB`],
    ["body received", `${limits.inMb} MiB`],
    ["time of a request", count(limits.seconds, "second")],
    ["sockets of one app", limits.sockets],
    ["open sockets", usage.sockets],
    ["a socket may be idle", count(limits.socketIdleSeconds, "second")],
    ["cached answers", `${cache.entries}, ${formatBytes(cache.bytes)}`],
  ]);
  const apps = usage.apps.length === 0 ? [] : [
    "",
    ...table(
      ["APP", "THIS MINUTE", "OPEN", "SOCKETS"],
      usage.apps.map((row) => [ownerOf(row), row.minute, row.open, row.sockets]),
    ),
  ];
  return [...lines, ...apps, "", "fazt config set limits.net.perMinute N changes one"];
}
