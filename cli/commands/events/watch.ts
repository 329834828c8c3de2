import type { LiveEvent } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { eventLine } from "../../event_lines.ts";
import { count } from "../../format.ts";
import { readEvents } from "../../sse.ts";

/** `fazt events watch`. */
export const command = defineCommand({
  name: "events watch",
  summary: "Print events as they come, also those that are not kept",
  group: "system",
  args: ["[pattern]"],
  examples: ["events watch", "events watch app:shop.* --json"],
  async run({ args, api, out }) {
    const query = args.pattern === undefined ? "" : `?${new URLSearchParams({
      type: args.pattern,
    })}`;
    const stream = await api.stream(`/api/events/stream${query}`);
    out.message(`watching ${args.pattern ?? "every event"} at ${api.target.url}`);
    for await (const data of readEvents(stream)) {
      const event = JSON.parse(data) as LiveEvent;
      if (event.dropped) out.message(`${count(event.dropped, "event")} lost: too many at once`);
      out.item(event, () => [eventLine(event)]);
    }
    out.message(`the node at ${api.target.url} ended the stream`);
  },
});
