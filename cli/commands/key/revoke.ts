import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt key revoke`. */
export const command = defineCommand({
  name: "key revoke",
  summary: "End an API key at once and for good",
  group: "system",
  args: ["<key>"],
  examples: ["key revoke key_7yc3abcdefgh"],
  async run({ args, api, out, prompt }) {
    await prompt.agree(`End the key ${args.key} of ${api.target.name} for good?`);
    const done = await api.delete<{ id: string }>(apiPath`/api/keys/${args.key}`);
    out.result(done, () => [`${done.id} works no longer`]);
  },
});
