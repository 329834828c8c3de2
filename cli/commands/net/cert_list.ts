import type { CertificateOverview } from "../../api_types.ts";
import { attentionLines, certificateState } from "../../certificate_lines.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { facts, table } from "../../table.ts";

/** `fazt net cert list`. */
export const command = defineCommand({
  name: "net cert list",
  summary: "List certificates, what waits for one, and what needs you",
  group: "addresses",
  examples: ["net cert list", "net cert list --json"],
  async run({ api, out }) {
    const all = await api.get<CertificateOverview>("/api/certificates");
    const { issuer, certificates, waiting, attention } = all;
    const { hour, week } = issuer.budget;
    out.result(all, () => [
      ...facts([
        ["authority", issuer.kind === "local" ? "this node itself" : issuer.directory],
        ["account", issuer.account?.url ?? "made with the first order"],
        ["contact", issuer.email],
        ["orders", `${hour.used} of ${hour.max} this hour, ${week.used} of ${week.max} this week`],
        ["wildcard", issuer.dns === undefined ? "no (acme.dns)" : `by ${issuer.dns}`],
      ]),
      ...certificates.length === 0
        ? ["", "No certificates yet: the first visit of a name gets one"]
        : [
          "",
          ...table(
            ["NAME", "STATE", "UNTIL", "RENEWED"],
            certificates.map((one) => [
              one.name,
              certificateState(one),
              formatTime(one.notAfter),
              formatTime(one.renewAt),
            ]),
          ),
        ],
      ...waiting.length === 0 ? [] : [
        "",
        ...table(
          ["WAITING", "FAILED", "NEXT TRY", "WHY"],
          waiting.map((one) => [one.name, one.failures, formatTime(one.nextAt), one.message]),
        ),
      ],
      ...attention.length === 0 ? [] : ["", ...attentionLines(attention)],
    ]);
  },
});
