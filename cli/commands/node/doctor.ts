import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { databaseCheck, diskCheck } from "../../doctor/database_checks.ts";
import { clockCheck } from "../../doctor/clock_check.ts";
import { dnsCheck } from "../../doctor/dns_check.ts";
import { type Check, fail, type Finding } from "../../doctor/finding.ts";
import { flagsCheck, memoryCheck } from "../../doctor/machine_checks.ts";
import { nodeCheck, portCheck } from "../../doctor/node_checks.ts";
import { permissionCheck } from "../../doctor/permission_check.ts";
import { publicPortsCheck, tlsCheck } from "../../doctor/public_checks.ts";
import { serviceCheck } from "../../doctor/service_check.ts";
import { EXIT } from "../../exit_code.ts";
import { styled } from "../../format.ts";
import type { Line, Style } from "../../output.ts";

const CHECKS: readonly (readonly [string, Check])[] = [
  ["database", databaseCheck],
  ["node", nodeCheck],
  ["port", portCheck],
  ["permissions", permissionCheck],
  ["dns", dnsCheck],
  ["ports", publicPortsCheck],
  ["tls", tlsCheck],
  ["disk", diskCheck],
  ["memory", memoryCheck],
  ["clock", clockCheck],
  ["flags", flagsCheck],
  ["service", serviceCheck],
];

const STYLES: Readonly<Record<Finding["state"], Style>> = {
  ok: "green",
  warn: "yellow",
  fail: "red",
};

/** `fazt doctor`. */
export const command = defineCommand({
  name: "doctor",
  summary: "Examine this machine's node and say how to mend what is wrong",
  group: "node",
  examples: ["doctor", "doctor --json"],
  local: "it examines this machine; status tells how that node is",
  async run(ctx) {
    const findings: Finding[] = [];
    for (const [name, check] of CHECKS) findings.push(await look(name, check, ctx));
    const failed = findings.some((finding) => finding.state === "fail");
    ctx.out.result({ ok: !failed, findings }, () => findings.flatMap(lines));
    return failed ? EXIT.failed : EXIT.ok;
  },
});

/** A check that cannot look is a finding too: the others still run. */
async function look(name: string, check: Check, ctx: Context): Promise<Finding> {
  try {
    return await check(ctx);
  } catch (error) {
    ctx.signal.throwIfAborted();
    return fail(name, (error as Error).message, "run it again with FAZT_DEBUG=1");
  }
}

function lines({ check, state, about, fix }: Finding): Line[] {
  const head: Line = [styled(STYLES[state], state.padEnd(5)), `${check.padEnd(11)} ${about}`];
  return fix === undefined ? [head] : [head, styled("dim", `      fix: ${fix}`)];
}
