import type { ForkDone } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count, list, styled } from "../../format.ts";
import { readCount } from "../../read_count.ts";
import { facts } from "../../table.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app fork`. */
export const command = defineCommand({
  name: "app fork",
  summary: "Make a new app of this one: its code, its data, not its secrets",
  group: "revisions",
  args: ["<app>"],
  flags: {
    name: "name of the new app",
    revision: "the revision it begins with, instead of the served one",
    "no-storage": "leave the data behind",
  },
  examples: ["app fork blog --name blog-next", "app fork blog --name empty --no-storage"],
  async run(ctx) {
    const { flags, out } = ctx;
    if (flags.name === undefined) {
      throw usageError(
        "Cannot fork: the new app has no name",
        `fazt app fork ${ctx.args.app} --name NEW`,
      );
    }
    const revision = readCount(flags.revision, "a revision");
    const ref = await ctx.appRef(ctx.args.app);
    const done = await ctx.api.call<ForkDone>("POST", apiPath`/api/apps/${ref}/fork`, {
      json: {
        name: flags.name,
        ...(revision === undefined ? {} : { revision }),
        ...(flags["no-storage"] ? { storage: false } : {}),
      },
      timeoutMs: TRANSFER_MS,
    });
    const { app, from, rows, left } = done;
    out.result(done, () => [
      ["Forked ", styled("bold", app.name), " at ", styled("cyan", app.url)],
      ...facts([
        ["from", `${from.name} revision ${from.revision}`],
        ["data", flags["no-storage"] ? "left behind" : `${count(rows, "row")} copied`],
        ["not copied", left.length > 0 ? `${list(left)}: a fork begins without them` : undefined],
        ["pending", list(app.grants.pending)],
      ]),
    ]);
  },
});
