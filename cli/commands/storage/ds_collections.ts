import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { DsCollection } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { list } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt storage ds collections`. */
export const command = defineCommand({
  name: "storage ds collections",
  summary: "List the collections of an app, with their indexes",
  group: "data",
  args: ["<app>"],
  flags: { user: "a person's documents instead of the app's" },
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const path = apiPath`/api/storage/${await ctx.appRef(args.app)}/ds`;
    const collections = await api.get<DsCollection[]>(path + queryOf({ user: flags.user }));
    out.result(collections, () =>
      collections.length === 0 ? ["No collections"] : table(
        ["COLLECTION", "DOCUMENTS", "SIZE", "INDEXES"],
        collections.map(({ name, documents, bytes, indexes }) => [
          name,
          documents,
          formatBytes(bytes),
          list(indexes.map(({ path, automatic }) => automatic ? `${path} (automatic)` : path)),
        ]),
      ));
  },
});
