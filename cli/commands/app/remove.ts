import type { App, RemovedApp } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import type { Context } from "../../context.ts";
import { type Forgotten, traceLines } from "../../forgotten_lines.ts";
import { usageError } from "../../usage_error.ts";

interface Removed {
  readonly id: string;
  readonly name: string;
  readonly keptData: boolean;
}

/** `fazt app remove`. */
export const command = defineCommand({
  name: "app remove",
  summary: "Remove an app; its addresses are free at once, its data goes after 30 days",
  group: "apps",
  args: ["<app>"],
  flags: {
    "keep-data": "keep what it stored; the next app of that name gets it back",
    purge: "remove all of it at once and for good, log lines too; an id names a removed app",
  },
  examples: ["app remove blog", "app remove blog --purge --yes"],
  async run(ctx) {
    const { api, out, prompt, flags } = ctx;
    const keep = flags["keep-data"] ?? false;
    const ref = await ctx.appRef(ctx.args.app);
    if (flags.purge) {
      if (keep) throw usageError("Cannot purge an app and keep its data", "leave one of them out");
      return await purge(ctx, ref);
    }
    const app = await api.get<App>(apiPath`/api/apps/${ref}`);
    await prompt.agree(
      `Remove ${app.name} at ${app.url} from ${api.target.name}${keep ? "" : " with its data"}?`,
    );
    // By id: nobody else's app can take its place while the question stands.
    const path = apiPath`/api/apps/${app.id}` + (keep ? "?keepData=1" : "");
    const removed = await api.delete<Removed>(path);
    out.result(removed, () => [
      `${removed.name} is removed${removed.keptData ? "; its data is kept" : ""}`,
      ...(removed.keptData ? [] : [`undo within 30 days: fazt app restore ${removed.name}`]),
    ]);
  },
});

async function purge({ api, out, prompt }: Pick<Context, "api" | "out" | "prompt">, ref: string) {
  const removed = (await api.get<RemovedApp[]>("/api/apps?removed=1")).find(({ id, name }) =>
    id === ref || name === ref
  );
  const app = await api.get<App>(apiPath`/api/apps/${ref}`).catch((error) => {
    if (removed) return removed;
    throw error;
  });
  await prompt.agree(
    `Remove ${app.name} (${app.id}) from ${api.target.name} with all it has, for good and at once?`,
  );
  const done = await api.call<Removed & Forgotten>(
    "DELETE",
    apiPath`/api/apps/${app.id}` + "?purge=1",
    { timeoutMs: TRANSFER_MS },
  );
  out.result(done, () => [`${done.name} is removed with all it had`, ...traceLines(done)]);
}
