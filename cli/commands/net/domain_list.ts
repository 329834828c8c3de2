import type { Domain } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { domainName } from "../../domain_lines.ts";
import { styled } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt net domain list`. */
export const command = defineCommand({
  name: "net domain list",
  summary: "List domains, the apps they lead to, and whether the DNS shows them",
  group: "addresses",
  flags: { app: "only those of this app" },
  examples: ["net domain list", "net domain list --app blog"],
  async run({ flags, api, out }) {
    const domains = await api.get<Domain[]>(`/api/domains${queryOf({ app: flags.app })}`);
    out.result(
      domains,
      () =>
        domains.length === 0
          ? ["No domains yet: fazt net domain map example.com --app APP"]
          : table(
            ["DOMAIN", "APP", "DOES", "STATE", "CERTIFICATE", "PROBLEM"],
            domains.map((one) => [
              domainName(one),
              one.app,
              one.role === "redirect" ? "redirects" : one.primary ? "serves, primary" : "serves",
              styled(one.state === "active" ? "green" : "yellow", one.state),
              one.certificate === undefined
                ? undefined
                : "code" in one.certificate
                ? styled("red", one.certificate.code)
                : one.certificate.state,
              one.check?.problem ?? one.warnings[0],
            ]),
          ),
    );
  },
});
