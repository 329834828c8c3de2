import type { LiveCount } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt analytics live`. */
export const command = defineCommand({
  name: "analytics live",
  summary: "Show who is there: visitors and pages of the last five minutes",
  group: "system",
  args: ["[app]"],
  examples: ["analytics live", "analytics live blog"],
  async run({ args, api, out }) {
    const live = await api.get<LiveCount>(`/api/analytics/live${queryOf({ app: args.app })}`);
    out.result(live, () => [
      `${count(live.visitors, "visitor")}, ${count(live.views, "view")} in the last ` +
      `${live.windowMs / 60_000} minutes`,
      ...live.pages.length === 0
        ? []
        : table(["PAGE", "VIEWS"], live.pages.map(({ name, views }) => [name, views])),
    ]);
  },
});
