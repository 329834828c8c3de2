import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { ObjectPage } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** Shown when nobody says how many. */
const LIMIT = 1000;

/** `fazt storage s3 list`. */
export const command = defineCommand({
  name: "storage s3 list",
  summary: "List the objects an app keeps",
  group: "data",
  args: ["<app>", "[prefix]"],
  flags: {
    limit: `how many at most (default ${LIMIT})`,
    user: "those of one person, by id",
  },
  examples: ["storage s3 list blog", "storage s3 list blog photos/2026/ --limit 50"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const wanted = readCount(flags.limit, "a number of objects") ?? LIMIT;
    const items: ObjectPage["items"][number][] = [];
    let cursor: string | undefined;
    do {
      const page: ObjectPage = await api.get<ObjectPage>(
        apiPath`/api/storage/${ref}/s3` + queryOf({
          prefix: args.prefix,
          user: flags.user,
          cursor,
          limit: String(Math.min(1000, wanted - items.length)),
        }),
      );
      items.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined && items.length < wanted);
    if (cursor !== undefined) {
      out.message([
        styled("yellow", "more: "),
        `only the first ${items.length} are shown (--limit)`,
      ]);
    }
    out.result(
      items,
      () =>
        items.length === 0 ? ["No objects: fazt storage s3 put APP FILE"] : table(
          ["PATH", "SIZE", "TYPE", "CHANGED"],
          items.map((i) => [i.path, formatBytes(i.size), i.type ?? "-", formatTime(i.updatedAt)]),
        ),
    );
  },
});
