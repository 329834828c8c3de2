import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { StorageUsage } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { ownerOf, queryOf } from "../../query.ts";
import { table } from "../../table.ts";

/** `fazt storage usage`. */
export const command = defineCommand({
  name: "storage usage",
  summary: "Show what apps keep, the most first",
  group: "data",
  args: ["[app]"],
  async run(ctx) {
    const { args, api, out } = ctx;
    const app = args.app === undefined ? undefined : await ctx.appRef(args.app);
    const usage = await api.get<StorageUsage[]>(`/api/storage/usage${queryOf({ app })}`);
    out.result(usage, () =>
      usage.length === 0 ? ["Nothing is kept"] : table(
        ["APP", "PILLAR", "ENTRIES", "SIZE", "OF"],
        usage.flatMap((one) =>
          Object.entries(one.pillars).map(([pillar, { entries, bytes }]) => [
            ownerOf(one),
            pillar,
            entries,
            formatBytes(bytes),
            pillar === "s3" ? undefined : formatBytes(one.maxBytes),
          ])
        ),
      ));
  },
});
