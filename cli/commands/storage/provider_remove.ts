import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt storage provider remove`. */
export const command = defineCommand({
  name: "storage provider remove",
  summary: "Forget a bucket and its key; what is in the bucket stays",
  group: "data",
  args: ["<name>"],
  examples: ["storage provider remove nas --yes"],
  async run({ args, api, out, prompt }) {
    await prompt.agree(`Forget ${args.name}? Apps that use its bucket reach their objects no more`);
    const removed = await api.delete(apiPath`/api/storage-providers/${args.name}`);
    out.result(removed, () => [`${args.name} is forgotten`]);
  },
});
