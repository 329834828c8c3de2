import type { ShortLink } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt redirect list`. */
export const command = defineCommand({
  name: "redirect list",
  summary: "List short links with how often each was followed",
  group: "addresses",
  args: ["[text]"],
  flags: { app: "only those of this app", limit: "links (default 100, at most 1000)" },
  examples: ["redirect list", "redirect list sale"],
  async run({ args, flags, api, out }) {
    const limit = readCount(flags.limit, "a limit") ?? 100;
    const query = queryOf({ q: args.text, app: flags.app, limit: String(limit) });
    const { data: links, meta } = await api.answer<ShortLink[]>("GET", `/api/redirects${query}`);
    out.result(
      links,
      () =>
        links.length === 0 ? ["No short links yet: fazt redirect add URL NAME"] : table(
          ["NAME", "FOLLOWED", "LAST", "APP", "LEADS TO"],
          links.map((link) => [
            link.slug,
            link.clicks,
            link.lastAt === undefined ? undefined : formatTime(link.lastAt),
            link.app ?? link.appId,
            link.url,
          ]),
        ),
    );
    if ((meta?.total ?? 0) > links.length) out.message(`${meta!.total} in all: -n shows more`);
  },
});
