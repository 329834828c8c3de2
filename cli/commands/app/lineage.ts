import type { Lineage } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { lineageLines } from "../../lineage_lines.ts";

/** `fazt app lineage`. */
export const command = defineCommand({
  name: "app lineage",
  summary: "Draw what an app was forked from and what was forked of it",
  group: "revisions",
  args: ["<app>"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const lineage = await ctx.api.get<Lineage>(apiPath`/api/apps/${ref}/lineage`);
    ctx.out.result(lineage, () => lineageLines(lineage));
  },
});
