import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { ShardInfo } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { table } from "../../table.ts";

/** `fazt storage ds shards`. */
export const command = defineCommand({
  name: "storage ds shards",
  summary: "List the shards of a collection",
  group: "data",
  args: ["<app>", "<collection>"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const shards = await api.get<ShardInfo[]>(
      apiPath`/api/storage/${ref}/shards/${args.collection}`,
    );
    out.result(shards, () =>
      shards.length === 0 ? ["No shards"] : table(
        ["SHARD", "FROM", "TO", "PREFIX", "STATE", "DOCUMENTS", "SIZE", "ARCHIVE"],
        shards.map(({ id, from, to, prefix, state, documents, bytes, storedBytes }) => [
          id,
          utc(from),
          utc(to),
          prefix,
          state,
          documents,
          formatBytes(bytes),
          storedBytes === 0 ? "" : formatBytes(storedBytes),
        ]),
      ));
  },
});

/** The hour in UTC, which is what shards are cut by. */
const utc = (ms: number) => new Date(ms).toISOString().replace(/T(\d\d).*/, " $1:00");
