import type { NetRule } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { ownerOf } from "../../query.ts";

/** `fazt net allow add`. */
export const command = defineCommand({
  name: "net allow add",
  summary: "Allow apps only this host and others allowed so, or refuse it with --deny",
  group: "egress",
  args: ["<host>"],
  flags: {
    app: "only for this app (default: every app)",
    deny: "refuse the host, whatever else allows it",
  },
  examples: [
    "net allow add api.stripe.com",
    "net allow add '*.example.com:8443' --app blog",
    "net allow add '*.tracker.example' --deny",
  ],
  async run({ args, flags, api, out }) {
    const rule = await api.post<NetRule>("/api/net/rules", {
      pattern: args.host,
      action: flags.deny ? "deny" : "allow",
      ...(flags.app === undefined ? {} : { app: flags.app }),
    });
    out.result(rule, () => [
      rule.action === "deny"
        ? `${rule.pattern} is refused to ${ownerOf(rule)}`
        : `${rule.pattern} is allowed to ${ownerOf(rule)}; what no rule allows is refused`,
    ]);
  },
});
