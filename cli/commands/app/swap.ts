import type { Alias } from "../../api_types.ts";
import { aliasTarget } from "../../alias_lines.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app swap`. */
export const command = defineCommand({
  name: "app swap",
  summary: "Exchange what two host labels lead to, at one moment",
  group: "addresses",
  args: ["<label>", "<other>"],
  examples: ["app swap blog blog-next"],
  async run({ args, api, out }) {
    const aliases = await api.post<Alias[]>("/api/aliases/swap", { a: args.label, b: args.other });
    out.result(
      aliases,
      () => aliases.map((alias) => `${alias.label} now leads to ${aliasTarget(alias)}`),
    );
  },
});
