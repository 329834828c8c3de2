import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt net domain unmap`. */
export const command = defineCommand({
  name: "net domain unmap",
  summary: "Take a domain from its app: nothing answers there any more",
  group: "addresses",
  args: ["<domain>"],
  examples: ["net domain unmap example.com", "net domain unmap example.com --yes"],
  async run({ args, api, out, prompt }) {
    await prompt.agree(`Stop serving ${args.domain} from ${api.target.name}?`);
    const gone = await api.delete<{ readonly domain: string }>(
      apiPath`/api/domains/${args.domain}`,
    );
    out.result(gone, () => [`${gone.domain} leads nowhere now; its app answers elsewhere`]);
  },
});
