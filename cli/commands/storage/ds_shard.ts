import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt storage ds shard`. */
export const command = defineCommand({
  name: "storage ds shard",
  summary: "Split a collection by time, so that it may grow and old parts go at once",
  group: "data",
  args: ["<app>", "<collection>"],
  flags: {
    by: "the period of a shard, in UTC",
    at: "where a document's time is; else it is when it was inserted",
    prefix: "where a text is whose first part, up to / : or ., splits too",
    keep: "delete shards older than this",
    "archive-after": "compress shards older than this",
  },
  examples: ["storage ds shard shop events --by day --at at --keep 90d --archive-after 30d"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    if (flags.by === undefined) {
      throw new FaztError("USAGE", "Cannot split the collection: --by is missing", {
        hint: "such as --by day",
      });
    }
    const ref = await ctx.appRef(args.app);
    const done = await api.put(apiPath`/api/storage/${ref}/shards/${args.collection}`, {
      by: flags.by,
      path: flags.at,
      prefix: flags.prefix,
      keep: flags.keep,
      archiveAfter: flags["archive-after"],
    });
    out.result(done, () => [`${args.collection} is split by ${flags.by}`]);
  },
});
