import type { Grants } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { grantLines } from "../../grant_lines.ts";

/** `fazt app grants approve`. */
export const command = defineCommand({
  name: "app grants approve",
  summary: "Approve grants an app asks for; all that are pending when none is named",
  group: "config",
  args: ["<app>", "[grant...]"],
  examples: ["app grants approve blog", "app grants approve blog net:fetch:api.example.com"],
  async run(ctx) {
    const { args, api, out, prompt } = ctx;
    const path = apiPath`/api/apps/${await ctx.appRef(args.app)}/grants`;
    const named = args.grant ?? [];
    const approve = named.length > 0 ? named : await pending();
    const grants = approve.length > 0
      ? await api.post<Grants>(path, { approve })
      : await api.get<Grants>(path);
    out.result(grants, () => grantLines(args.app, grants));

    async function pending(): Promise<readonly string[]> {
      const asked = (await api.get<Grants>(path)).pending;
      if (asked.length > 0) await prompt.agree(`Approve ${asked.join(", ")} for ${args.app}?`);
      return asked;
    }
  },
});
