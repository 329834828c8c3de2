import type { App } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

interface Removed {
  readonly id: string;
  readonly name: string;
  readonly keptData: boolean;
}

/** `fazt app remove`. */
export const command = defineCommand({
  name: "app remove",
  summary: "Remove an app; its addresses are free at once, its data goes after 30 days",
  group: "apps",
  args: ["<app>"],
  flags: { "keep-data": "keep what it stored; the next app of that name gets it back" },
  async run(ctx) {
    const { api, out, prompt, flags } = ctx;
    const ref = await ctx.appRef(ctx.args.app);
    const app = await api.get<App>(apiPath`/api/apps/${ref}`);
    const keep = flags["keep-data"] ?? false;
    await prompt.agree(
      `Remove ${app.name} at ${app.url} from ${api.target.name}${keep ? "" : " with its data"}?`,
    );
    // By id: nobody else's app can take its place while the question stands.
    const path = apiPath`/api/apps/${app.id}` + (keep ? "?keepData=1" : "");
    const removed = await api.delete<Removed>(path);
    out.result(removed, () => [
      `${removed.name} is removed${removed.keptData ? "; its data is kept" : ""}`,
    ]);
  },
});
