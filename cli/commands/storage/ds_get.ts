import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt storage ds get`. */
export const command = defineCommand({
  name: "storage ds get",
  summary: "Print one document",
  group: "data",
  args: ["<app>", "<collection>", "<id>"],
  flags: { user: "a person's document instead of the app's" },
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const path = apiPath`/api/storage/${ref}/ds/${args.collection}/${args.id}`;
    const document = await api.get(path + queryOf({ user: flags.user }));
    out.result(document, () => JSON.stringify(document, null, 2).split("\n"));
  },
});
