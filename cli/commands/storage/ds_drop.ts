import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt storage ds drop`. */
export const command = defineCommand({
  name: "storage ds drop",
  summary: "Delete a collection with its documents and indexes",
  group: "data",
  args: ["<app>", "<collection>"],
  flags: { user: "a person's documents instead of the app's" },
  async run(ctx) {
    const { args, flags, api, out, prompt } = ctx;
    const ref = await ctx.appRef(args.app);
    await prompt.agree(`Delete the collection ${args.collection} of ${args.app}?`);
    const done = await api.delete<{ dropped: boolean }>(
      apiPath`/api/storage/${ref}/ds/${args.collection}` + queryOf({ user: flags.user }),
    );
    out.result(done, () => [
      done.dropped ? `${args.collection} is deleted` : `There was no ${args.collection}`,
    ]);
  },
});
