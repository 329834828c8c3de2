import type { Alias } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app reserve`. */
export const command = defineCommand({
  name: "app reserve",
  summary: "Keep a host label free: nothing answers there and no app can take it",
  group: "addresses",
  args: ["<label>"],
  examples: ["app reserve shop"],
  async run({ args, api, out }) {
    const alias = await api.put<Alias>(apiPath`/api/aliases/${args.label}`, { reserved: true });
    out.result(alias, () => [`${args.label} is reserved; fazt app link ${args.label} APP uses it`]);
  },
});
