import { carryOut, PLAN_FLAGS } from "../../carry_out.ts";
import { defineCommand } from "../../command.ts";
import { defined } from "../../defined.ts";

/** `fazt app install`. */
export const command = defineCommand({
  name: "app install",
  summary: "Install an app from a git repository or a marketplace",
  group: "apps",
  args: ["<source>"],
  flags: {
    name: "another name than its own",
    auth: "the secret of the node that the repository asks for",
    ...PLAN_FLAGS,
  },
  examples: [
    "app install github.com/user/repo/notes@v1.2",
    "app install https://git.example.org/apps.git#notes@main --auth GIT_TOKEN --yes",
    "app install notes --dry-run",
  ],
  async run(ctx) {
    const { name, auth, trust } = ctx.flags;
    const input = defined({ source: ctx.args.source, name, auth, trust });
    await carryOut(ctx, "/api/apps/install", { input, yesApproves: true });
  },
});
