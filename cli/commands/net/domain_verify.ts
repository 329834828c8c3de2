import type { Domain } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { domainLines } from "../../domain_lines.ts";
import { EXIT } from "../../exit_code.ts";

/** `fazt net domain verify`. */
export const command = defineCommand({
  name: "net domain verify",
  summary: "Look at the DNS of a domain now, and say what to change",
  group: "addresses",
  args: ["<domain>"],
  examples: ["net domain verify example.com"],
  async run({ args, api, out }) {
    const domain = await api.post<Domain>(apiPath`/api/domains/${args.domain}/verify`);
    out.result(domain, () => domainLines(domain));
    return domain.state === "active" ? EXIT.ok : EXIT.failed;
  },
});
