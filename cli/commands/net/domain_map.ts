import type { Domain } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { domainLines } from "../../domain_lines.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt net domain map`. */
export const command = defineCommand({
  name: "net domain map",
  summary: "Let a domain of yours lead to an app, and say what to put into the DNS",
  group: "addresses",
  args: ["<domain>"],
  flags: {
    app: "the app it leads to",
    role: "serve the app there (default), or redirect to its primary domain",
    primary: "make it the app's primary domain",
  },
  examples: [
    "net domain map example.com --app blog",
    "net domain map old-name.example --app blog --role redirect",
  ],
  async run({ args, flags, api, out }) {
    const { app, role, primary } = flags;
    if (app === undefined) {
      throw usageError(`Cannot map ${args.domain}: no app is named`, "add --app APP");
    }
    const domain = await api.post<Domain>("/api/domains", {
      domain: args.domain,
      app,
      ...(role === undefined ? {} : { role }),
      ...(primary ? { primary } : {}),
    });
    out.result(domain, () => domainLines(domain));
  },
});
