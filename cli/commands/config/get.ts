import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { nearest } from "../../../kernel/lib/nearest.ts";
import { defineCommand } from "../../command.ts";
import { listSettings } from "../../settings.ts";

/** `fazt config get`. */
export const command = defineCommand({
  name: "config get",
  summary: "Show one setting",
  group: "config",
  args: ["<key>"],
  examples: ["config get server.domain"],
  async run(ctx) {
    const { key } = ctx.args;
    const settings = await listSettings(ctx);
    const setting = settings.find((one) => one.key === key);
    if (setting === undefined) {
      const near = nearest(key, settings.map((one) => one.key));
      throw new FaztError("NOT_FOUND", `There is no setting "${key}"`, {
        hint: near ? `did you mean ${near}?` : "fazt config list shows every setting",
      });
    }
    const { value } = setting;
    ctx.out.result(setting, () => [typeof value === "string" ? value : JSON.stringify(value)]);
  },
});
