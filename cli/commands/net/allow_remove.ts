import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt net allow remove`. */
export const command = defineCommand({
  name: "net allow remove",
  summary: "Remove a rule about a host, an allowing or a denying one",
  group: "egress",
  args: ["<host>"],
  flags: { app: "the rule of this app (default: the one of every app)" },
  examples: [
    "net allow remove api.stripe.com",
    "net allow remove '*.example.com' --app blog --yes",
  ],
  async run({ args, flags, api, out, prompt }) {
    const whose = flags.app ?? "every app";
    // The last allowing rule opens every host: worth a question.
    await prompt.agree(`Remove the rule ${args.host} for ${whose} from ${api.target.name}?`);
    const query = queryOf({ pattern: args.host, app: flags.app });
    const removed = await api.delete<unknown>(`/api/net/rules${query}`);
    out.result(removed, () => [`The rule ${args.host} for ${whose} is removed`]);
  },
});
