import type { NodeLogLine } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { LOG_FLAGS, logQuery } from "../../log_query.ts";
import { nodeLogLines } from "../../log_lines.ts";
import { queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { readEvents } from "../../sse.ts";
import { usageError } from "../../usage_error.ts";

/** How long a rare word is looked for, ms. */
const PATIENCE_MS = 10_000;

/** `fazt logs list`. */
export const command = defineCommand({
  name: "logs list",
  summary: "Show what apps and the node said, newest last",
  group: "system",
  args: ["[text]"],
  flags: {
    ...LOG_FLAGS,
    follow: "wait for more and print it as it comes",
    limit: "lines from the past (default 100)",
  },
  examples: [
    "logs list --level error --since 1d",
    "logs list --request req_5akbucorws4c",
    "logs list 'timed out' --app blog",
    "logs list -f",
  ],
  async run({ args, flags, api, out }) {
    const limit = readCount(flags.limit, "a limit") ?? 100;
    if (flags.follow && (args.text ?? flags.request ?? flags.until) !== undefined) {
      throw usageError("Cannot follow what is looked for", "follow with --app and --level alone");
    }
    const { app, level } = flags;
    // Opened first, so that no line falls between the past and the stream.
    const stream = flags.follow
      ? await api.stream(`/api/logs/stream${queryOf({ app, level })}`)
      : undefined;
    const found: NodeLogLine[] = [];
    const until = Date.now() + PATIENCE_MS;
    let before: string | undefined;
    do {
      const query = logQuery(flags, {
        text: args.text,
        limit: String(Math.min(1000, limit - found.length)),
        before,
      });
      const { data, meta } = await api.answer<NodeLogLine[]>("GET", `/api/logs${query}`);
      found.push(...data);
      before = meta?.cursor === undefined ? undefined : String(meta.cursor);
    } while (before !== undefined && found.length < limit && Date.now() < until);
    if (before !== undefined && found.length < limit) {
      out.message("there are more lines to look through: narrow it with --since or --app");
    }
    const lines = found.toReversed();
    if (stream === undefined) return out.result(lines, () => lines.flatMap(nodeLogLines));
    for (const line of lines) out.item(line, () => nodeLogLines(line));
    const last = lines.at(-1)?.id ?? 0;
    for await (const data of readEvents(stream)) {
      const line = JSON.parse(data) as NodeLogLine;
      if (line.id > last) out.item(line, () => nodeLogLines(line));
    }
    out.message(`the node at ${api.target.url} ended the stream`);
  },
});
