import type { Market } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { marketLines } from "../../market_lines.ts";

/** `fazt market update`. */
export const command = defineCommand({
  name: "market update",
  summary: "Read marketplaces again: one, or all",
  group: "apps",
  args: ["[name]"],
  examples: ["market update", "market update acme"],
  async run({ api, args, out }) {
    const names = args.name === undefined
      ? (await api.get<Market[]>("/api/markets")).map(({ name }) => name)
      : [args.name];
    const markets: Market[] = [];
    for (const name of names) {
      out.status(`reading ${name}`);
      markets.push(
        await api.call<Market>("POST", apiPath`/api/markets/${name}/update`, {
          json: {},
          timeoutMs: TRANSFER_MS,
        }).finally(() => out.status("")),
      );
    }
    out.result(markets, () => markets.flatMap(marketLines));
  },
});
