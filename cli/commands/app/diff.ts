import type { RevisionDiff } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { diffLines } from "../../diff_lines.ts";
import { readCount } from "../../read_count.ts";

/** `fazt app diff`. */
export const command = defineCommand({
  name: "app diff",
  summary: "Show what differs between two revisions",
  group: "revisions",
  args: ["<app>"],
  flags: {
    from: "the older revision, instead of the served one or the one before it",
    "to-revision": "the newer revision, instead of the newest",
    text: "show the lines that differ, too",
  },
  examples: ["app diff blog", "app diff blog --from 2 --to-revision 5 --text"],
  async run(ctx) {
    const { flags } = ctx;
    const query = new URLSearchParams();
    const from = readCount(flags.from, "a revision");
    const to = readCount(flags["to-revision"], "a revision");
    if (from !== undefined) query.set("from", String(from));
    if (to !== undefined) query.set("to", String(to));
    if (flags.text) query.set("text", "1");
    const ref = await ctx.appRef(ctx.args.app);
    const diff = await ctx.api.get<RevisionDiff>(`${apiPath`/api/apps/${ref}/diff`}?${query}`);
    ctx.out.result(diff, () => diffLines(diff));
  },
});
