import type { Alias } from "../../api_types.ts";
import { aliasTarget } from "../../alias_lines.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app split`. */
export const command = defineCommand({
  name: "app split",
  summary: "Spread the visitors of a host label over apps by weight; each stays with one",
  group: "addresses",
  args: ["<label>", "<app=weight...>"],
  examples: ["app split shop shop-old=90 shop-new=10"],
  async run({ args, api, out }) {
    const split = readSplit(args.label, args["app=weight"]);
    const alias = await api.put<Alias>(apiPath`/api/aliases/${args.label}`, { split });
    out.result(alias, () => [`${alias.label} leads to ${aliasTarget(alias)}`]);
  },
});

function readSplit(label: string, parts: readonly string[]): Record<string, number> {
  const hint = `fazt app split ${label} APP=90 OTHER=10`;
  const split = new Map<string, number>();
  for (const part of parts) {
    const at = part.lastIndexOf("=");
    const weight = part.slice(at + 1);
    if (at < 1 || !/^\d{1,9}$/.test(weight)) {
      throw usageError(`Cannot read "${part}" as an app and its weight`, hint);
    }
    const app = part.slice(0, at);
    if (split.has(app)) throw usageError(`Cannot split ${label}: ${app} stands in it twice`, hint);
    split.set(app, Number(weight));
  }
  // Not by assignment: "__proto__" is a name like any other here.
  return Object.fromEntries(split);
}
