import type { App } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app restore`. */
export const command = defineCommand({
  name: "app restore",
  summary: "Bring back an app that was removed, with its data, within 30 days",
  group: "apps",
  args: ["<name>"],
  examples: ["app restore blog"],
  async run({ args, api, out }) {
    const app = await api.post<App>(apiPath`/api/apps/${args.name}/restore`);
    out.result(app, () => [`${app.name} is back at ${app.url}`]);
  },
});
