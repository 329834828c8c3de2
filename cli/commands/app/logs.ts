import type { LogLine } from "../../api_types.ts";
import { apiPath, type Client } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { logLines } from "../../log_lines.ts";
import type { Output } from "../../output.ts";
import { readCount } from "../../read_count.ts";
import { readEvents } from "../../sse.ts";
import { usageError } from "../../usage_error.ts";

const LEVELS = ["debug", "info", "warn", "error"];

/** `fazt app logs`. */
export const command = defineCommand({
  name: "app logs",
  summary: "Show what an app printed, newest last",
  group: "apps",
  args: ["<app>"],
  flags: {
    follow: "wait for more and print it as it comes",
    limit: "lines from the past (default 100)",
    level: "only debug, info, warn or error",
  },
  examples: ["app logs blog", "app logs blog -f --level error"],
  async run(ctx) {
    const { flags, api, out } = ctx;
    if (flags.level !== undefined && !LEVELS.includes(flags.level)) {
      throw usageError(`There is no level "${flags.level}"`, `use one of ${LEVELS.join(", ")}`);
    }
    const ref = await ctx.appRef(ctx.args.app);
    const query = new URLSearchParams({ limit: String(readCount(flags.limit, "a limit") ?? 100) });
    if (flags.level !== undefined) query.set("level", flags.level);
    // Opened first, so that no line falls between the past and the stream.
    const stream = flags.follow ? await api.stream(apiPath`/api/apps/${ref}/logs/stream`) : null;
    const past = await api.get<LogLine[]>(apiPath`/api/apps/${ref}/logs` + `?${query}`);
    if (stream === null) return out.result(past, () => past.flatMap(logLines));
    for (const line of past) out.item(line, () => logLines(line));
    await follow({ stream, after: past.at(-1)?.id ?? 0, level: flags.level, out, api });
  },
});

interface FollowOptions {
  readonly stream: ReadableStream<Uint8Array>;
  readonly after: number;
  readonly level: string | undefined;
  readonly out: Output;
  readonly api: Client;
}

async function follow({ stream, after, level, out, api }: FollowOptions): Promise<void> {
  for await (const data of readEvents(stream)) {
    const line = JSON.parse(data) as LogLine;
    if (line.id <= after || (level !== undefined && line.level !== level)) continue;
    out.item(line, () => logLines(line));
  }
  out.message(`the node at ${api.target.url} ended the stream`);
}
