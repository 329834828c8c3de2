import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

interface Item {
  readonly key: string;
  readonly value: unknown;
  readonly expiresAt?: number;
}

/** Characters of a value that a list shows. */
const SHOWN = 60;

/** `fazt storage kv list`. */
export const command = defineCommand({
  name: "storage kv list",
  summary: "List the keys of an app, with their values",
  group: "data",
  args: ["<app>", "[prefix]"],
  flags: {
    limit: "keys (default 100, at most 1000)",
    user: "a person's keys instead of the app's",
  },
  examples: ["storage kv list blog", "storage kv list blog posts/ -n 20"],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const limit = readCount(flags.limit, "a limit") ?? 100;
    const query = queryOf({ prefix: args.prefix, limit: String(limit), user: flags.user });
    const ref = await ctx.appRef(args.app);
    const items = await api.get<Item[]>(apiPath`/api/storage/${ref}/kv` + query);
    out.result(items, () =>
      items.length === 0 ? ["No keys"] : [
        ...table(
          ["KEY", "EXPIRES", "VALUE"],
          items.map(({ key, value, expiresAt }) => [
            key,
            expiresAt === undefined ? undefined : formatTime(expiresAt),
            shown(JSON.stringify(value)),
          ]),
        ),
        ...(items.length === limit ? [`The first ${limit}: more with --limit or a prefix`] : []),
      ]);
  },
});

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
