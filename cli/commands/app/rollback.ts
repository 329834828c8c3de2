import type { App } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";

/** `fazt app rollback`. */
export const command = defineCommand({
  name: "app rollback",
  summary: "Serve an earlier revision again, by default the one before",
  group: "revisions",
  args: ["<app>", "[revision]"],
  examples: ["app rollback blog", "app rollback blog 3"],
  async run(ctx) {
    const revision = readCount(ctx.args.revision, "a revision");
    const ref = await ctx.appRef(ctx.args.app);
    const done = await ctx.api.post<{ app: App; revision: unknown }>(
      apiPath`/api/apps/${ref}/rollback`,
      revision === undefined ? {} : { revision },
    );
    ctx.out.result(done, () => [
      `${done.app.name} serves revision ${done.app.revision ?? "?"} at ${done.app.url}`,
    ]);
  },
});
