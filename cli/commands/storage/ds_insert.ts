import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";
import { readJsonText } from "../../storage_lines.ts";

/** `fazt storage ds insert`. */
export const command = defineCommand({
  name: "storage ds insert",
  summary: "Add a document, or each of a list, and print the ids",
  group: "data",
  args: ["<app>", "<collection>", "<documents>"],
  flags: { user: "a person's documents instead of the app's" },
  examples: [
    `storage ds insert shop orders '{"total": 12, "tags": ["new"]}'`,
    "storage ds insert shop orders @orders.json",
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const documents = [await readJsonText(args.documents, io)].flat();
    const ref = await ctx.appRef(args.app);
    const path = apiPath`/api/storage/${ref}/ds/${args.collection}` + queryOf({ user: flags.user });
    const done = await api.post<{ ids: string[] }>(path, { documents });
    out.result(done, () => done.ids);
  },
});
