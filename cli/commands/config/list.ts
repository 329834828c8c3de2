import type { SettingInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { styled } from "../../format.ts";
import { listSettings } from "../../settings.ts";
import { table } from "../../table.ts";

/** `fazt config list`. */
export const command = defineCommand({
  name: "config list",
  summary: "List every setting, where its value comes from and what it is for",
  group: "config",
  args: ["[prefix]"],
  examples: ["config list", "config list limits.runtime"],
  async run(ctx) {
    const all = await listSettings(ctx);
    const settings = all.filter(({ key }) => key.startsWith(ctx.args.prefix ?? ""));
    ctx.out.result(settings, () =>
      table(
        ["SETTING", "VALUE", "FROM", "ABOUT"],
        settings.map((one) => [one.key, valueOf(one), one.source, one.about]),
      ));
  },
});

function valueOf({ value, source }: SettingInfo) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return source === "default" ? text : styled("bold", text);
}
