import type { EnvEntry } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { envLines } from "../../env_lines.ts";

/** `fazt app env unset`. */
export const command = defineCommand({
  name: "app env unset",
  summary: "Remove environment variables of an app",
  group: "config",
  args: ["<app>", "<NAME...>"],
  async run(ctx) {
    const values = Object.fromEntries(ctx.args.NAME.map((name) => [name, null]));
    const ref = await ctx.appRef(ctx.args.app);
    const variables = await ctx.api.put<EnvEntry[]>(apiPath`/api/apps/${ref}/env`, values);
    ctx.out.result(variables, () => envLines(variables));
  },
});
