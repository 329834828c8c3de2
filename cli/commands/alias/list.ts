import { aliasTarget } from "../../alias_lines.ts";
import type { Alias } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt alias list`. */
export const command = defineCommand({
  name: "alias list",
  summary: "List every host label and what it points at",
  group: "addresses",
  async run({ api, out }) {
    const aliases = await api.get<Alias[]>("/api/aliases");
    out.result(
      aliases,
      () =>
        aliases.length === 0 ? ["No aliases yet: fazt app link LABEL APP"] : table(
          ["LABEL", "TYPE", "POINTS AT", "SINCE"],
          aliases.map((a) => [a.label, a.type, aliasTarget(a), formatTime(a.createdAt)]),
        ),
    );
  },
});
