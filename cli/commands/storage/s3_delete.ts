import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { objectPath } from "../../object_transfer.ts";

/** `fazt storage s3 delete`. */
export const command = defineCommand({
  name: "storage s3 delete",
  summary: "Delete objects of an app",
  group: "data",
  args: ["<app>", "<path...>"],
  flags: { user: "one person's objects, by id" },
  examples: ["storage s3 delete blog photos/a.jpg photos/b.jpg --yes"],
  async run(ctx) {
    const { args, flags, api, out, prompt } = ctx;
    const ref = await ctx.appRef(args.app);
    const what = args.path.length === 1 ? args.path[0]! : count(args.path.length, "object");
    await prompt.agree(`Delete ${what} of ${args.app} from ${api.target.name}?`);
    for (const path of args.path) await api.delete(objectPath(ref, path, flags.user));
    out.result({ deleted: args.path }, () => [`Deleted ${what}`]);
  },
});
