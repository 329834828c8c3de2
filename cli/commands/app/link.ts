import type { Alias } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app link`. */
export const command = defineCommand({
  name: "app link",
  summary: "Let a host label point at an app, or at a URL with --redirect",
  group: "addresses",
  args: ["<label>", "[app]"],
  flags: { redirect: "send visitors to this URL instead" },
  examples: ["app link www2 blog", "app link old --redirect https://example.com"],
  async run({ args, flags, api, out }) {
    if ((args.app === undefined) === (flags.redirect === undefined)) {
      throw usageError(
        `Cannot link ${args.label}: name either an app or --redirect URL`,
        `fazt app link ${args.label} APP`,
      );
    }
    const alias = await api.put<Alias>(
      apiPath`/api/aliases/${args.label}`,
      flags.redirect === undefined ? { app: args.app } : { redirect: flags.redirect },
    );
    out.result(alias, () => [`${args.label} points at ${args.app ?? flags.redirect ?? ""}`]);
  },
});
