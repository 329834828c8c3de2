import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt secret remove`. */
export const command = defineCommand({
  name: "secret remove",
  summary: "Remove a secret; requests that name it are refused from then on",
  group: "config",
  args: ["<NAME>"],
  flags: { app: "the one of this app (default: the one of every app)" },
  examples: ["secret remove STRIPE_KEY", "secret remove GITHUB_TOKEN --app blog --yes"],
  async run({ args, flags, api, out, prompt }) {
    const name = args.NAME;
    const whose = flags.app ?? "every app";
    await prompt.agree(`Remove the secret ${name} of ${whose} from ${api.target.name}?`);
    const removed = await api.delete<unknown>(`/api/secrets${queryOf({ name, app: flags.app })}`);
    out.result(removed, () => [`${name} of ${whose} is removed`]);
  },
});
