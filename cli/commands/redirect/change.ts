import type { ShortLink } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readStatus } from "../../link_status.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt redirect change`. */
export const command = defineCommand({
  name: "redirect change",
  summary: "Change where a short link leads, how, or its title",
  group: "addresses",
  args: ["<name>"],
  flags: {
    url: "where it leads",
    status: "301, 302, 307 or 308",
    title: "what it is for; empty takes it away",
  },
  examples: ["redirect change sale --url https://example.com/summer"],
  async run({ args, flags, api, out }) {
    const status = readStatus(flags.status);
    const change = {
      ...(flags.url === undefined ? {} : { url: flags.url }),
      ...(status === undefined ? {} : { status }),
      ...(flags.title === undefined ? {} : { title: flags.title || null }),
    };
    if (Object.keys(change).length === 0) {
      throw usageError("There is nothing to change", "say it with --url, --status or --title");
    }
    const link = await api.call<ShortLink>("PATCH", apiPath`/api/redirects/${args.name}`, {
      json: change,
    });
    out.result(link, () => [`${link.shortUrl} leads to ${link.url}`]);
  },
});
