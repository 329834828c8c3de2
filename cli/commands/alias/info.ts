import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { nearest } from "../../../kernel/lib/nearest.ts";
import { aliasTarget } from "../../alias_lines.ts";
import type { Alias } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { facts } from "../../table.ts";

/** `fazt alias info`. */
export const command = defineCommand({
  name: "alias info",
  summary: "Show one host label",
  group: "addresses",
  args: ["<label>"],
  async run({ args, api, out }) {
    const aliases = await api.get<Alias[]>("/api/aliases");
    const alias = aliases.find((one) => one.label === args.label);
    if (alias === undefined) {
      const near = nearest(args.label, aliases.map((one) => one.label));
      throw new FaztError("NOT_FOUND", `There is no alias "${args.label}"`, {
        hint: near ? `did you mean ${near}?` : "fazt alias list shows every alias",
      });
    }
    out.result(alias, () =>
      facts([
        ["label", alias.label],
        ["type", alias.type],
        ["app", alias.appId],
        ["target", alias.target],
        ["split", alias.split && aliasTarget(alias)],
        ["since", formatTime(alias.createdAt)],
      ]));
  },
});
