import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt app unlink`. */
export const command = defineCommand({
  name: "app unlink",
  summary: "Remove a host label; the app it points at stays",
  group: "addresses",
  args: ["<label>"],
  async run({ args, api, out, prompt }) {
    await prompt.agree(`Remove the address ${args.label} from ${api.target.name}?`);
    const removed = await api.delete<unknown>(apiPath`/api/aliases/${args.label}`);
    out.result(removed, () => [`${args.label} points at nothing any more`]);
  },
});
