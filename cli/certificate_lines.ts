import type { Attention, CertificateInfo } from "./api_types.ts";
import { formatTime, list, styled } from "./format.ts";
import type { Line } from "./output.ts";
import { facts } from "./table.ts";

const STYLES = { valid: "green", due: "yellow", expired: "red", revoked: "red" } as const;

/** The state of a certificate in its colour. */
export const certificateState = ({ state }: Pick<CertificateInfo, "state">) =>
  styled(STYLES[state], state);

/** Everything about one certificate. */
export function certificateLines(one: CertificateInfo): Line[] {
  return facts([
    ["name", one.name],
    ["names", list(one.names)],
    ["state", certificateState(one)],
    ["from", one.directory],
    ["profile", one.profile],
    ["holds", `${formatTime(one.notBefore)} to ${formatTime(one.notAfter)}`],
    [
      "renewed",
      `${formatTime(one.renewAt)} (${
        one.renewBy === "ari" ? "as the authority asks" : "two thirds of its time"
      })`,
    ],
    ["serial", one.serial],
    ["SHA-256", one.fingerprint],
    ["problem", one.problem?.message],
    ["next try", one.problem && formatTime(one.problem.nextAt)],
  ]);
}

/** What the owner should look at, each with the command that helps. */
export function attentionLines(items: readonly Attention[]): Line[] {
  return items.flatMap(({ message, hint }): Line[] => [
    [styled("yellow", "attention: "), message],
    `  ${hint}`,
  ]);
}
