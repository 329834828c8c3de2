import type { NetRule } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { ownerOf, queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt net allow list`. */
export const command = defineCommand({
  name: "net allow list",
  summary: "List which hosts apps may reach and which they may not",
  group: "egress",
  flags: { app: "what counts for this app: its own rules and those of every app" },
  examples: ["net allow list", "net allow list --app blog"],
  async run({ flags, api, out }) {
    const rules = await api.get<NetRule[]>(`/api/net/rules${queryOf({ app: flags.app })}`);
    out.result(
      rules,
      () =>
        rules.length === 0
          ? ["No rules: each app reaches what its grants allow (fazt net allow add HOST)"]
          : table(
            ["HOST", "RULE", "FOR", "SINCE"],
            rules.map((r) => [
              r.pattern,
              styled(r.action === "deny" ? "red" : "green", r.action),
              ownerOf(r),
              formatTime(r.createdAt),
            ]),
          ),
    );
  },
});
