import type { EnvEntry } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { envLines } from "../../env_lines.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app env set`. */
export const command = defineCommand({
  name: "app env set",
  summary: "Set environment variables of an app; NAME alone reads the value from stdin",
  group: "config",
  args: ["<app>", "<NAME=value...>"],
  examples: ["app env set blog GREETING=hello", "app env set blog API_KEY < key.txt"],
  async run(ctx) {
    const values: Record<string, string> = {};
    for (const pair of ctx.args["NAME=value"]) {
      const at = pair.indexOf("=");
      const name = at < 0 ? pair : pair.slice(0, at);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        throw usageError(
          `Cannot name a variable "${name}"`,
          "use letters, digits and _, such as API_KEY=value",
        );
      }
      values[name] = at < 0 ? await fromStdin(name) : pair.slice(at + 1);
    }
    const ref = await ctx.appRef(ctx.args.app);
    const variables = await ctx.api.put<EnvEntry[]>(apiPath`/api/apps/${ref}/env`, values);
    ctx.out.result(variables, () => envLines(variables));

    async function fromStdin(name: string): Promise<string> {
      const value = await ctx.prompt.secret(`Value of ${name}`);
      if (value !== undefined) return value;
      throw usageError(`Cannot set ${name}: no value was given`, `write ${name}=value`);
    }
  },
});
