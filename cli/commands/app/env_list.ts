import type { EnvEntry } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { envLines } from "../../env_lines.ts";

/** `fazt app env list`. */
export const command = defineCommand({
  name: "app env list",
  summary: "List the environment variables of an app",
  group: "config",
  args: ["<app>"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const variables = await ctx.api.get<EnvEntry[]>(apiPath`/api/apps/${ref}/env`);
    ctx.out.result(variables, () => envLines(variables));
  },
});
