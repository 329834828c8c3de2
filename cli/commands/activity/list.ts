import { ACTIVITY_FLAGS, activityQuery } from "../../activity_query.ts";
import type { ActivityLine } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt activity list`. */
export const command = defineCommand({
  name: "activity list",
  summary: "Show what was changed, by whom, from where and with what result, newest last",
  group: "system",
  flags: { ...ACTIVITY_FLAGS, limit: "lines (default 100, at most 1000)" },
  examples: [
    "activity list",
    "activity list --app blog --since 7d",
    "activity list --action session. --result failed",
  ],
  async run({ flags, api, out }) {
    const limit = readCount(flags.limit, "a limit") ?? 100;
    const query = activityQuery(flags, { limit: String(limit) });
    const lines = (await api.get<ActivityLine[]>(`/api/activity${query}`)).toReversed();
    out.result(
      lines,
      () =>
        lines.length === 0 ? ["Nothing was changed"] : table(
          ["TIME", "WHO", "FROM", "WHAT", "TO", "RESULT"],
          lines.map((line) => [
            formatTime(line.at),
            line.actor,
            line.address ?? "",
            line.action,
            line.target ?? line.app ?? line.appId ?? "",
            line.result === "ok" ? "ok" : styled("red", line.result),
          ]),
        ),
    );
  },
});
