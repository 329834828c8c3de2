import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readObject } from "../../storage_lines.ts";

/** `fazt storage ds update`. */
export const command = defineCommand({
  name: "storage ds update",
  summary: "Change every document that matches a query; {} matches all",
  group: "data",
  args: ["<app>", "<collection>", "<query>", "<change>"],
  flags: {
    upsert: "add a document where none matches",
    user: "a person's documents instead of the app's",
  },
  examples: [`storage ds update shop orders '{"paid": false}' '{"$inc": {"reminders": 1}}'`],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const ref = await ctx.appRef(args.app);
    const path = apiPath`/api/storage/${ref}/ds/${args.collection}` + queryOf({ user: flags.user });
    const done = await api.call<{ updated: number }>("PATCH", path, {
      json: {
        query: await readObject(args.query, io),
        change: await readObject(args.change, io),
        ...(flags.upsert ? { upsert: true } : {}),
      },
    });
    out.result(done, () => [`${count(done.updated, "document")} changed`]);
  },
});
