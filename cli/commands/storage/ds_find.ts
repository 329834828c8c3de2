import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { jsonLines, readObject } from "../../storage_lines.ts";

/** `fazt storage ds find`. */
export const command = defineCommand({
  name: "storage ds find",
  summary: "Print the documents of a collection that match a query, one per line",
  group: "data",
  args: ["<app>", "<collection>", "[query]"],
  flags: {
    sort: "paths with commas between them; - before one turns it round",
    fields: "only these paths, with commas between them",
    limit: "documents (default 100, at most 1000)",
    skip: "leave out the first ones",
    user: "a person's documents instead of the app's",
    archived: "look at archived documents instead, which is slow",
  },
  examples: [
    "storage ds find shop orders",
    `storage ds find shop orders '{"total": {"$gte": 100}}' --sort=-total,name -n 10`,
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const query = args.query === undefined ? {} : await readObject(args.query, io);
    const limit = readCount(flags.limit, "a limit");
    const skip = flags.skip === "0" ? undefined : readCount(flags.skip, "a number to skip");
    const ref = await ctx.appRef(args.app);
    const documents = await api.get<unknown[]>(
      apiPath`/api/storage/${ref}/ds/${args.collection}` + queryOf({
        query: JSON.stringify(query),
        sort: flags.sort,
        fields: flags.fields,
        limit: limit?.toString(),
        skip: skip?.toString(),
        user: flags.user,
        archived: flags.archived ? "1" : undefined,
      }),
    );
    out.result(
      documents,
      () => documents.length === 0 ? ["No documents"] : jsonLines(documents),
    );
  },
});
