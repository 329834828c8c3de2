import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt storage kv delete`. */
export const command = defineCommand({
  name: "storage kv delete",
  summary: "Delete a key of an app",
  group: "data",
  args: ["<app>", "<key>"],
  flags: { user: "a person's key instead of the app's" },
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const path = apiPath`/api/storage/${await ctx.appRef(args.app)}/kv/${args.key}`;
    const done = await api.delete(path + queryOf({ user: flags.user }));
    out.result(done, () => [`${args.key} is deleted`]);
  },
});
