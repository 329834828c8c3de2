import type { Domain } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { domainLines } from "../../domain_lines.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt net domain set`. */
export const command = defineCommand({
  name: "net domain set",
  summary: "Change what a mapped domain does: serve, redirect, or be the primary one",
  group: "addresses",
  args: ["<domain>"],
  flags: {
    role: "serve the app there, or redirect to its primary domain",
    primary: "make it the app's primary domain",
  },
  examples: [
    "net domain set example.com --primary",
    "net domain set old-name.example --role redirect",
  ],
  async run({ args, flags, api, out }) {
    const { role, primary } = flags;
    if (role === undefined && !primary) {
      throw usageError(`Cannot change ${args.domain}: nothing is named`, "add --role or --primary");
    }
    const json = { ...(role === undefined ? {} : { role }), ...(primary ? { primary } : {}) };
    const path = apiPath`/api/domains/${args.domain}`;
    const domain = await api.call<Domain>("PATCH", path, { json });
    out.result(domain, () => domainLines(domain));
  },
});
