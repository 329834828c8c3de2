import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt storage ds index`. */
export const command = defineCommand({
  name: "storage ds index",
  summary: "Make searches of a collection by a path fast",
  group: "data",
  args: ["<app>", "<collection>", "<path>"],
  flags: { user: "the collection of people instead of the app's" },
  examples: ["storage ds index shop orders customer.email"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const path = apiPath`/api/storage/${ref}/ds/${args.collection}/indexes` +
      queryOf({ user: flags.user });
    const done = await api.post(path, { path: args.path });
    out.result(done, () => [`${args.collection} is indexed by ${args.path}`]);
  },
});
