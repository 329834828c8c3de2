import type { Context } from "./context.ts";
import type { FlagValues } from "./flags.ts";
import type { InstallDone, Plan } from "./api_types.ts";
import { TRANSFER_MS } from "./client.ts";
import { installedLines, planLines } from "./source_lines.ts";

/** The flags of what is planned before it is done. */
export const PLAN_FLAGS = {
  approve: "approve every permission that it newly asks for",
  grant: "approve this permission, may be repeated",
  "dry-run": "only show what would be done",
  trust: "take code that is signed with this key; none: that is not signed",
} as const;

type PlanContext = Context<unknown, FlagValues<keyof typeof PLAN_FLAGS>>;

/**
 * Asks for a plan, shows it, and carries it out once it is agreed to. What is done is what was
 * shown: the commit and the revision it was compared with are named.
 */
export async function carryOut(
  ctx: PlanContext,
  path: string,
  { input, yesApproves }: {
    readonly input: Readonly<Record<string, unknown>>;
    /** Whether `--yes` approves what is asked for. */
    readonly yesApproves: boolean;
  },
): Promise<void> {
  const { api, flags, io, out, prompt } = ctx;
  out.status("fetching");
  const { plan } = await api.call<{ readonly plan: Plan }>("POST", path, {
    json: input,
    timeoutMs: TRANSFER_MS,
  }).finally(() => out.status(""));
  if (flags["dry-run"]) return out.result(plan, () => planLines(plan));
  for (const line of planLines(plan)) out.message(line);
  const { added } = plan.permissions;
  let approve: true | readonly string[] = flags.approve ? true : flags.grant ?? [];
  const open = approve === true ? [] : added.filter((name) => !flags.grant?.includes(name));
  // Without a person nothing is asked: what is not approved by a flag is refused by the node.
  if (io.stdin.isTerminal && !flags.yes) {
    const what = `${plan.kind === "install" ? "Install" : "Upgrade"} ${plan.name}`;
    await prompt.agree(
      open.length === 0 ? `${what}?` : `${what}, and let it have ${open.join(", ")}?`,
    );
    if (open.length > 0) approve = true;
  } else if (flags.yes && yesApproves) approve = true;
  out.status(plan.kind === "install" ? "installing" : "upgrading");
  const done = await api.call<InstallDone>("POST", path, {
    json: {
      ...input,
      apply: true,
      commit: plan.commit.id,
      ...(plan.app?.revision === undefined ? {} : { base: plan.app.revision }),
      ...(approve === true || approve.length > 0 ? { approve } : {}),
    },
    timeoutMs: TRANSFER_MS,
  }).finally(() => out.status(""));
  out.result({ ...done, plan }, () => installedLines(done));
}
