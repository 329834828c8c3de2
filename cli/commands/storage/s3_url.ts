import { parseDuration } from "../../../kernel/lib/duration.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";

/** `fazt storage s3 url`. */
export const command = defineCommand({
  name: "storage s3 url",
  summary: "Sign an address that answers for one object until it expires",
  group: "data",
  args: ["<app>", "<path>"],
  flags: {
    expires: "how long it works, at most 7d (default 1h)",
    download: "make browsers save it, whatever its type",
    put: "let whoever has it store the object instead",
    "max-mb": "with --put: the largest content",
    type: "with --put: the media type it must have",
    user: "one person's object, by id",
  },
  examples: [
    "storage s3 url blog photos/a.jpg --expires 7d",
    "storage s3 url blog inbox/scan.pdf --put --max-mb 20 --type application/pdf",
  ],
  async run(ctx) {
    const { args, flags, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const maxMb = readCount(flags["max-mb"], "a size");
    const { url } = await api.post<{ url: string }>(apiPath`/api/storage/${ref}/s3-url`, {
      path: args.path,
      method: flags.put ? "PUT" : "GET",
      ...(flags.expires === undefined ? {} : { expiresMs: parseDuration(flags.expires) }),
      ...(flags.download ? { download: true } : {}),
      ...(maxMb === undefined ? {} : { maxBytes: maxMb * 1_048_576 }),
      ...(flags.type === undefined ? {} : { type: flags.type }),
      ...(flags.user === undefined ? {} : { user: flags.user }),
    });
    out.result({ url }, () => [url]);
  },
});
