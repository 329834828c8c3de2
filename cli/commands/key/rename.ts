import type { KeyInfo } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt key rename`. */
export const command = defineCommand({
  name: "key rename",
  summary: "Give an API key another name; the key itself stays",
  group: "system",
  args: ["<key>", "<name>"],
  examples: ["key rename key_7yc3abcdefgh laptop"],
  async run({ args, api, out }) {
    const key = await api.call<KeyInfo>("PATCH", apiPath`/api/keys/${args.key}`, {
      json: { name: args.name },
    });
    out.result(key, () => [`${key.id} is ${key.name}`]);
  },
});
