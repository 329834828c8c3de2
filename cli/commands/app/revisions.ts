import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Revision } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt app revisions`. */
export const command = defineCommand({
  name: "app revisions",
  summary: "List the deploys of an app, newest first",
  group: "revisions",
  args: ["<app>"],
  async run(ctx) {
    const ref = await ctx.appRef(ctx.args.app);
    const revisions = await ctx.api.get<Revision[]>(apiPath`/api/apps/${ref}/revisions`);
    ctx.out.result(revisions, () =>
      table(
        ["REV", "", "WHEN", "BY", "FROM", "FILES", "SIZE", "MESSAGE", "PREVIEW"],
        revisions.map((r) => [
          r.n,
          r.current ? styled("green", "current") : " ",
          formatTime(r.createdAt),
          r.createdBy,
          r.source,
          r.files,
          formatBytes(r.size),
          r.message,
          r.preview && `${r.preview.url} until ${formatTime(r.preview.expiresAt)}`,
        ]),
      ));
  },
});
