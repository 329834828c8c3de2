import type { Grants } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { grantLines } from "../../grant_lines.ts";

/** `fazt app grants show`. */
export const command = defineCommand({
  name: "app grants show",
  summary: "Show what an app may do and the exact Deno permissions of its realm",
  group: "config",
  args: ["<app>"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const grants = await ctx.api.get<Grants>(apiPath`/api/apps/${ref}/grants`);
    ctx.out.result(grants, () => grantLines(ctx.args.app, grants));
  },
});
