import type { MarketApp } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { list } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt market search`. */
export const command = defineCommand({
  name: "market search",
  summary: "Find apps in the marketplaces of the node",
  group: "apps",
  args: ["[words...]"],
  flags: { market: "only in this one" },
  examples: ["market search", "market search notes", "market search --market acme"],
  async run({ api, args, flags, out }) {
    const q = args.words.length === 0 ? undefined : args.words.join(" ");
    const query = queryOf({ q, market: flags.market });
    const found = await api.get<MarketApp[]>(`/api/markets/apps${query}`);
    out.result(
      found,
      () =>
        found.length === 0 ? ["No app matches: fazt market list shows where was looked"] : table(
          ["APP", "VERSION", "TAGS", "INSTALLED AS", "DESCRIPTION"],
          found.map(({ source, version, tags, installed, description, title }) => [
            source,
            version,
            list(tags),
            list(installed.map(({ name }) => name)),
            description ?? title,
          ]),
        ),
    );
  },
});
