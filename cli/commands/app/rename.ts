import type { App } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app rename`. */
export const command = defineCommand({
  name: "app rename",
  summary: "Give an app another name and address; its data and revisions stay",
  group: "apps",
  args: ["<app>", "<name>"],
  flags: { title: "its title in lists, too" },
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const app = await api.call<App>("PATCH", apiPath`/api/apps/${await ctx.appRef(args.app)}`, {
      json: { name: args.name, ...flags.title === undefined ? {} : { title: flags.title } },
    });
    out.result(app, () => [`${args.app} is now ${app.name}, at ${app.url}`]);
  },
});
