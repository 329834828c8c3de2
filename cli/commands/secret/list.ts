import type { Secret } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { ownerOf, queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt secret list`. */
export const command = defineCommand({
  name: "secret list",
  summary: "List secrets by name, with the hosts they may go to; never their values",
  group: "config",
  flags: { app: "what this app can use: its own and those of every app" },
  examples: ["secret list", "secret list --app blog"],
  async run({ flags, api, out }) {
    const secrets = await api.get<Secret[]>(`/api/secrets${queryOf({ app: flags.app })}`);
    out.result(
      secrets,
      () =>
        secrets.length === 0 ? ["No secrets yet: fazt secret set NAME HOST"] : table(
          ["NAME", "FOR", "HOSTS", "CHANGED"],
          secrets.map((s) => [
            s.name,
            ownerOf(s),
            s.hosts.length === 0 ? styled("yellow", "any") : s.hosts.join(" "),
            formatTime(s.updatedAt),
          ]),
        ),
    );
  },
});
