import type { Market } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt market list`. */
export const command = defineCommand({
  name: "market list",
  summary: "List the marketplaces of the node",
  group: "apps",
  async run({ api, out }) {
    const markets = await api.get<Market[]>("/api/markets");
    out.result(
      markets,
      () =>
        markets.length === 0 ? ["No marketplace: fazt market add SOURCE"] : table(
          ["NAME", "APPS", "READ", "SIGNED BY", "SOURCE", "TITLE"],
          markets.map(({ name, apps, updatedAt, key, spec, title }) => [
            name,
            apps,
            formatTime(updatedAt),
            key,
            spec,
            title,
          ]),
        ),
    );
  },
});
