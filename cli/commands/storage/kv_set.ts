import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";
import { readValue } from "../../storage_lines.ts";

/** `fazt storage kv set`. */
export const command = defineCommand({
  name: "storage kv set",
  summary: "Set what an app keeps under a key; a value that is not JSON is text",
  group: "data",
  args: ["<app>", "<key>", "<value>"],
  flags: {
    ttl: "let it go after this time",
    user: "a person's value instead of the app's",
  },
  examples: [
    'storage kv set blog motd "Hello"',
    "storage kv set blog draft @draft.json --ttl 7d",
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const path = apiPath`/api/storage/${await ctx.appRef(args.app)}/kv/${args.key}`;
    const done = await api.put(path + queryOf({ user: flags.user }), {
      value: await readValue(args.value, io),
      ...(flags.ttl === undefined ? {} : { ttl: flags.ttl }),
    });
    out.result(done, () => [`${args.key} is set`]);
  },
});
