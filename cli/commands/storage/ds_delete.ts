import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readObject } from "../../storage_lines.ts";

/** `fazt storage ds delete`. */
export const command = defineCommand({
  name: "storage ds delete",
  summary: "Delete every document that matches a query; {} matches all",
  group: "data",
  args: ["<app>", "<collection>", "<query>"],
  flags: { user: "a person's documents instead of the app's" },
  examples: [`storage ds delete shop orders '{"id": "k3yq8w1n"}'`],
  async run(ctx) {
    const { args, flags, api, out, io, prompt } = ctx;
    const query = await readObject(args.query, io);
    const ref = await ctx.appRef(args.app);
    if (Object.keys(query).length === 0) {
      await prompt.agree(`Delete every document of ${args.collection} in ${args.app}?`);
    }
    const done = await api.delete<{ deleted: number }>(
      apiPath`/api/storage/${ref}/ds/${args.collection}` +
        queryOf({ query: JSON.stringify(query), user: flags.user }),
    );
    out.result(done, () => [`${count(done.deleted, "document")} deleted`]);
  },
});
