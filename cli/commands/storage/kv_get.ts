import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";
import { jsonLines } from "../../storage_lines.ts";

/** `fazt storage kv get`. */
export const command = defineCommand({
  name: "storage kv get",
  summary: "Print the value an app keeps under a key",
  group: "data",
  args: ["<app>", "<key>"],
  flags: { user: "a person's value instead of the app's" },
  examples: ["storage kv get blog visits"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const path = apiPath`/api/storage/${await ctx.appRef(args.app)}/kv/${args.key}`;
    const entry = await api.get<{ value: unknown }>(path + queryOf({ user: flags.user }));
    out.result(entry, () => jsonLines([entry.value]));
  },
});
