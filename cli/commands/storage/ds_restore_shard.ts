import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";

/** `fazt storage ds restore-shard`. */
export const command = defineCommand({
  name: "storage ds restore-shard",
  summary: "Put the documents of an archived shard back into its collection",
  group: "data",
  args: ["<app>", "<collection>", "<shard>"],
  examples: ["storage ds restore-shard shop events 12"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const done = await api.post<{ documents: number }>(
      apiPath`/api/storage/${ref}/shards/${args.collection}/${args.shard}/restore`,
      {},
    );
    out.result(done, () => [`${count(done.documents, "document")} back in ${args.collection}`]);
  },
});
