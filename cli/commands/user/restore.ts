import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt user restore`. */
export const command = defineCommand({
  name: "user restore",
  summary: "Take an erasure back while the person's rows are still there",
  group: "system",
  args: ["<user>"],
  examples: ["user restore usr_7yc3abcdefgh"],
  async run({ args, api, out }) {
    const done = await api.post<{ id: string }>(apiPath`/api/users/${args.user}/restore`);
    out.result(done, () => [`${done.id} is back`]);
  },
});
