import type { Grants } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { grantLines } from "../../grant_lines.ts";

/** `fazt app grants revoke`. */
export const command = defineCommand({
  name: "app grants revoke",
  summary: "Take grants back from an app; it starts again without them",
  group: "config",
  args: ["<app>", "<grant...>"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const path = apiPath`/api/apps/${await ctx.appRef(args.app)}/grants`;
    const grants = await api.post<Grants>(path, { revoke: args.grant });
    out.result(grants, () => grantLines(args.app, grants));
  },
});
