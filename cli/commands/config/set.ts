import { defineCommand } from "../../command.ts";
import { setSetting } from "../../settings.ts";

/** `fazt config set`. */
export const command = defineCommand({
  name: "config set",
  summary: "Change one setting",
  group: "config",
  args: ["<key>", "<value>"],
  examples: ["config set server.domain example.com", "config set limits.runtime.seconds 10"],
  run: (ctx) => setSetting(ctx, ctx.args.key, ctx.args.value),
});
