import type { App, Revision } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";

/** `fazt app promote`. */
export const command = defineCommand({
  name: "app promote",
  summary: "Serve a revision to everybody, by default the newest",
  group: "revisions",
  args: ["<app>"],
  flags: { revision: "the revision, instead of the newest" },
  examples: ["app promote blog", "app promote blog --revision 5"],
  async run(ctx) {
    const revision = readCount(ctx.flags.revision, "a revision");
    const ref = await ctx.appRef(ctx.args.app);
    const done = await ctx.api.post<{ app: App; revision: Revision; previous?: number }>(
      apiPath`/api/apps/${ref}/promote`,
      revision === undefined ? {} : { revision },
    );
    const { app, previous } = done;
    ctx.out.result(done, () => [
      `${app.name} serves revision ${done.revision.n} at ${app.url}`,
      ...(previous === undefined || previous === done.revision.n
        ? []
        : [`roll back: fazt app rollback ${app.name} ${previous}`]),
    ]);
  },
});
