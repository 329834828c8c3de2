import type { Market } from "../../api_types.ts";
import { TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { defined } from "../../defined.ts";
import { marketLines } from "../../market_lines.ts";

/** `fazt market add`. */
export const command = defineCommand({
  name: "market add",
  summary: "Add a git repository with a folder for each app as a marketplace",
  group: "apps",
  args: ["<source>"],
  flags: {
    name: "another name than the repository's",
    auth: "the secret of the node that the repository asks for",
    key: "the key that every app of it has to be signed with",
  },
  examples: [
    "market add github.com/user/apps",
    "market add github.com/user/apps@stable --name acme",
  ],
  async run({ api, args, flags, out }) {
    const { name, auth, key } = flags;
    out.status("reading");
    const market = await api.call<Market>("POST", "/api/markets", {
      json: defined({ source: args.source, name, auth, key }),
      timeoutMs: TRANSFER_MS,
    }).finally(() => out.status(""));
    out.result(market, () => marketLines(market));
  },
});
