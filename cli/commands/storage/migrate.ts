import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Migrated } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { OBJECT_MS } from "../../object_transfer.ts";

/** `fazt storage migrate`. */
export const command = defineCommand({
  name: "storage migrate",
  summary: "Copy an app's objects from where they are to another place",
  group: "data",
  args: ["<app>", "<place>"],
  examples: [
    "storage migrate blog external:s3://my-bucket/blog",
    "storage migrate blog internal",
  ],
  async run(ctx) {
    const { args, api, out } = ctx;
    const ref = await ctx.appRef(args.app);
    const all = { copied: 0, bytes: 0, same: 0 };
    let cursor: string | undefined;
    do {
      const page: Migrated = await api.call<Migrated>(
        "POST",
        apiPath`/api/storage/${ref}/s3-migrate`,
        {
          json: { to: args.place, ...(cursor === undefined ? {} : { cursor }) },
          timeoutMs: OBJECT_MS,
        },
      );
      all.copied += page.copied;
      all.bytes += page.bytes;
      all.same += page.same;
      cursor = page.cursor;
      out.status(`${count(all.copied, "object")}, ${formatBytes(all.bytes)}`);
    } while (cursor !== undefined);
    out.status("");
    out.result({ ...all, place: args.place }, () => [
      `Copied ${count(all.copied, "object")}, ${formatBytes(all.bytes)}, to ${args.place}`,
      `The app still uses the old place: set "storage": {"s3": "${args.place}"} in its app.json and deploy it`,
    ]);
  },
});
