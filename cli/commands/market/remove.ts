import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt market remove`. */
export const command = defineCommand({
  name: "market remove",
  summary: "Forget a marketplace; apps that came from it stay",
  group: "apps",
  args: ["<name>"],
  async run({ api, args, out }) {
    const done = await api.delete<{ name: string }>(apiPath`/api/markets/${args.name}`);
    out.result(done, () => [`The marketplace ${done.name} is gone; apps that came from it stay`]);
  },
});
