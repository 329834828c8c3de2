import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt redirect remove`. */
export const command = defineCommand({
  name: "redirect remove",
  summary: "Remove a short link",
  group: "addresses",
  args: ["<name>"],
  examples: ["redirect remove sale"],
  async run({ args, api, out }) {
    const gone = await api.delete<{ readonly slug: string }>(apiPath`/api/redirects/${args.name}`);
    out.result(gone, () => [`/r/${gone.slug} leads nowhere now`]);
  },
});
