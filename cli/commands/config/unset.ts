import { defineCommand } from "../../command.ts";
import { unsetSetting } from "../../settings.ts";

/** `fazt config unset`. */
export const command = defineCommand({
  name: "config unset",
  summary: "Give one setting its default back",
  group: "config",
  args: ["<key>"],
  run: (ctx) => unsetSetting(ctx, ctx.args.key),
});
