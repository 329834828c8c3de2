import type { Domain } from "./api_types.ts";
import { formatTime, styled } from "./format.ts";
import type { Line } from "./output.ts";
import { table } from "./table.ts";

const STYLES = { active: "green", pending: "yellow", broken: "red" } as const;

/** A domain's name: the spelling of the DNS first, since the other one may be made to deceive. */
export function domainName({ domain, unicode }: Pick<Domain, "domain" | "unicode">): string {
  return unicode === undefined ? domain : `${domain} (${unicode})`;
}

/** What a domain is, and what to change in the DNS where something is to be changed. */
export function domainLines(domain: Domain): Line[] {
  const { state, app, role, primary, check, certificate } = domain;
  const does = role === "redirect" ? "leads to the primary domain of" : "serves";
  const lines: Line[] = [
    [
      styled("bold", domainName(domain)),
      ` ${does} ${app}${primary ? " (primary): " : ": "}`,
      styled(STYLES[state], state),
    ],
    ...domain.warnings.map((text): Line => [styled("yellow", "look twice: "), text]),
  ];
  if (check?.problem !== undefined) lines.push([styled("yellow", "problem: "), check.problem]);
  if (check !== undefined && check.seen.length > 0) {
    lines.push(`seen: ${check.seen.map(({ type, value }) => `${type} ${value}`).join(", ")}`);
  }
  if (state !== "active" && domain.records.length > 0) {
    lines.push(
      "",
      "Put into the DNS, any one of the ways:",
      ...table(
        ["TYPE", "NAME", "VALUE", "THERE", "WHY"],
        domain.records.map((one) => [
          one.type,
          one.name,
          one.value,
          one.seen ? styled("green", "yes") : "no",
          one.why,
        ]),
      ),
      "",
      `fazt net domain verify ${domain.domain} looks again; the node does too, by itself`,
    );
  }
  if (certificate !== undefined) {
    lines.push(
      "code" in certificate
        ? [styled("red", "no certificate: "), certificate.message]
        : `certificate: ${certificate.state}, until ${formatTime(certificate.notAfter)}`,
    );
  }
  if (state === "active") lines.push(domain.url);
  return lines;
}
