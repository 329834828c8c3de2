import type { VisitNames } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { readChoice } from "../../read_choice.ts";
import { readCount } from "../../read_count.ts";
import { KINDS, SPAN_FLAGS, spanQuery } from "../../span_query.ts";
import { table } from "../../table.ts";

/** `fazt analytics top`. */
export const command = defineCommand({
  name: "analytics top",
  summary: "Show the paths, referrers, browsers and other names that were seen most",
  group: "system",
  args: ["[kind]"],
  flags: { ...SPAN_FLAGS, app: "only this app's", limit: "names (default 20, at most 1000)" },
  examples: ["analytics top", "analytics top referrer --app blog --since 30d"],
  async run({ args, flags, api, out }) {
    const kind = readChoice(args.kind, { of: KINDS, what: "kind" }) ?? "path";
    const limit = readCount(flags.limit, "a limit");
    const query = spanQuery(flags, {
      kind,
      app: flags.app,
      limit: limit === undefined ? undefined : String(limit),
    });
    const { items, other, ...rest } = await api.get<VisitNames>(`/api/analytics/top${query}`);
    out.result(
      { ...rest, items, other },
      () =>
        items.length === 0 ? ["Nothing was seen in this time"] : table(
          [kind.toUpperCase(), "VIEWS", "BEFORE", "VISITORS"],
          [
            ...items.map((item) => [
              item.name || "(direct)",
              item.views,
              item.previous.views,
              item.visitors,
            ]),
            ...other.views === 0 ? [] : [["(all others)", other.views, 0, other.visitors]],
          ],
        ),
    );
  },
});
