import type { PreviewInfo } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { readCount } from "../../read_count.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt app preview`. */
export const command = defineCommand({
  name: "app preview",
  summary: "Let a revision answer at an address of its own, beside the served one",
  group: "revisions",
  args: ["<app>"],
  flags: {
    revision: "the revision, instead of the newest",
    expires: "how long it answers, instead of 7d",
    off: "end the preview of --revision",
  },
  examples: ["app preview blog", "app preview blog --revision 3 --expires 1d"],
  async run(ctx) {
    const { flags, out } = ctx;
    const revision = readCount(flags.revision, "a revision");
    const ref = await ctx.appRef(ctx.args.app);
    if (flags.off) {
      if (revision === undefined) {
        throw usageError(
          "Cannot end a preview: no revision is named",
          `fazt app preview ${ctx.args.app} --revision N --off`,
        );
      }
      const ended = await ctx.api.delete<unknown>(apiPath`/api/apps/${ref}/preview/${revision}`);
      return out.result(ended, () => [`Revision ${revision} is not previewed any more`]);
    }
    const preview = await ctx.api.post<PreviewInfo>(apiPath`/api/apps/${ref}/preview`, {
      ...(revision === undefined ? {} : { revision }),
      ...(flags.expires === undefined ? {} : { expires: flags.expires }),
    });
    out.result(preview, () => [
      [
        `Revision ${preview.revision} answers at `,
        styled("cyan", preview.url),
        ` until ${formatTime(preview.expiresAt)}`,
      ],
      "It works on the app's own data",
    ]);
  },
});
