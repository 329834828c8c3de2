import type { VersionCheck } from "../../api_types.ts";
import { carryOut, PLAN_FLAGS } from "../../carry_out.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { defined } from "../../defined.ts";
import { checkLines } from "../../source_lines.ts";

/** `fazt app upgrade`. */
export const command = defineCommand({
  name: "app upgrade",
  summary: "Bring an app to the newest commit of its repository",
  group: "apps",
  args: ["<app>"],
  flags: {
    check: "only tell whether there is one; nothing but names is fetched",
    ref: "follow another branch or tag, or one commit, from here on",
    ...PLAN_FLAGS,
  },
  examples: [
    "app upgrade notes --check",
    "app upgrade notes --dry-run",
    "app upgrade notes --grant storage:ds",
    "app upgrade notes --ref v2.0",
  ],
  async run(ctx) {
    const { check, ref, trust } = ctx.flags;
    const path = apiPath`/api/apps/${await ctx.appRef(ctx.args.app)}/upgrade`;
    if (check) {
      const found = await ctx.api.call<VersionCheck>("POST", path, {
        json: { check: true },
        timeoutMs: TRANSFER_MS,
      });
      return ctx.out.result(found, () => checkLines(found));
    }
    // A script that says yes to everything must not widen what an app may do.
    await carryOut(ctx, path, { input: defined({ ref, trust }), yesApproves: false });
  },
});
