import type { EventPage, StoredEvent } from "../../api_types.ts";
import type { Client } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { eventLine } from "../../event_lines.ts";
import { readCount } from "../../read_count.ts";
import { readSince } from "../../read_since.ts";

/** Most events the node gives in one answer. */
const PAGE = 1000;

/** `fazt events list`. */
export const command = defineCommand({
  name: "events list",
  summary: "List kept events of apps and of the node, newest last",
  group: "system",
  args: ["[pattern]"],
  flags: {
    since: "only from then on: 30m, 2h, 7d or a date",
    limit: "events to show, the newest (default 100)",
  },
  examples: ["events list", "events list app:shop.order.* --since 1d", "events list system.*"],
  async run({ args, flags, api, out }) {
    const query = new URLSearchParams();
    if (args.pattern !== undefined) query.set("type", args.pattern);
    if (flags.since !== undefined) query.set("since", String(readSince(flags.since, Date.now())));
    const events = await newest(api, query, readCount(flags.limit, "a limit") ?? 100);
    events.reverse();
    out.result(events, () => events.length === 0 ? ["No events"] : events.map(eventLine));
  },
});

/** Page after page: one may be filled partly where what is looked for is rare. */
async function newest(
  api: Client,
  query: URLSearchParams,
  limit: number,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    query.set("limit", String(Math.min(PAGE, limit - events.length)));
    const { items, before } = await api.get<EventPage>(`/api/events?${query}`);
    events.push(...items);
    if (before === undefined || events.length >= limit) return events;
    query.set("before", String(before));
  }
}
