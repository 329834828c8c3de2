import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { AccessInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt logs access`. */
export const command = defineCommand({
  name: "logs access",
  summary: "Show what visitors asked for: a sample, and all that failed or was slow, newest last",
  group: "system",
  flags: {
    app: "only this app's; node is the node itself",
    failed: "only what the node or an app failed at",
    slow: "only what was slow (access.slowMs)",
    limit: "lines (default 100, at most 1000)",
  },
  examples: ["logs access", "logs access --app blog --slow -n 20"],
  async run({ flags, api, out }) {
    const limit = readCount(flags.limit, "a limit") ?? 100;
    const why = flags.failed ? "error" : flags.slow ? "slow" : undefined;
    const query = queryOf({ app: flags.app, why, limit: String(limit) });
    const lines = (await api.get<AccessInfo[]>(`/api/access${query}`)).toReversed();
    out.result(
      lines,
      () =>
        lines.length === 0
          ? ["Nothing is in the access log yet; of 100 requests it keeps one (access.sampleEvery)"]
          : table(
            ["TIME", "APP", "WHY", "STATUS", "TOOK", "SIZE", "FROM", "REQUEST"],
            lines.map((line) => [
              formatTime(line.at),
              line.app,
              line.why,
              line.status >= 500 ? styled("red", String(line.status)) : String(line.status),
              formatDuration(line.ms),
              line.bytes === undefined ? "-" : formatBytes(line.bytes),
              line.address || "-",
              `${line.method} ${line.secure ? "https" : "http"}://${line.host}${line.path}`,
            ]),
          ),
    );
  },
});
