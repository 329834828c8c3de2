import { defineCommand } from "../../command.ts";
import { setSetting } from "../../settings.ts";

/** `fazt server set-config`: the older name of `fazt config set`. */
export const command = defineCommand({
  name: "server set-config",
  summary: "Change one setting (as `config set`)",
  group: "node",
  args: ["<key>", "<value>"],
  examples: ["server set-config server.domain example.com"],
  run: (ctx) => setSetting(ctx, ctx.args.key, ctx.args.value),
});
