import type { ShortLink } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { readStatus } from "../../link_status.ts";

/** `fazt redirect add`. */
export const command = defineCommand({
  name: "redirect add",
  summary: "Make a short link /r/NAME that leads to a URL and counts who follows it",
  group: "addresses",
  args: ["<url>", "[name]"],
  flags: {
    app: "answer on this app's hosts only",
    status: "301, 302, 307 or 308 (default 302)",
    title: "what it is for",
  },
  examples: [
    "redirect add https://example.com/spring-sale sale",
    "redirect add https://example.com/very/long --app blog --title 'From the leaflet'",
  ],
  async run({ args, flags, api, out }) {
    const status = readStatus(flags.status);
    const link = await api.post<ShortLink>("/api/redirects", {
      url: args.url,
      ...(args.name === undefined ? {} : { slug: args.name }),
      ...(status === undefined ? {} : { status }),
      ...(flags.title === undefined ? {} : { title: flags.title }),
      ...(flags.app === undefined ? {} : { app: flags.app }),
    });
    out.result(link, () => [`${link.shortUrl} leads to ${link.url}`]);
  },
});
