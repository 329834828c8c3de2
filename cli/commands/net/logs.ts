import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { formatDuration } from "../../../kernel/lib/duration.ts";
import type { NetLine } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, styled } from "../../format.ts";
import { ownerOf, queryOf } from "../../query.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt net logs`. */
export const command = defineCommand({
  name: "net logs",
  summary: "Show the requests and sockets of apps and what was refused, newest last",
  group: "egress",
  flags: {
    app: "only this app's",
    failed: "only what was refused or answered with 400 or more",
    limit: "lines (default 100, at most 1000)",
  },
  examples: ["net logs", "net logs --app blog --failed -n 20"],
  async run({ flags, api, out }) {
    const limit = readCount(flags.limit, "a limit") ?? 100;
    const { app } = flags;
    const query = queryOf({ app, failed: flags.failed ? "1" : undefined, limit: String(limit) });
    const lines = (await api.get<NetLine[]>(`/api/net/logs${query}`)).toReversed();
    out.result(
      lines,
      () =>
        lines.length === 0 ? ["Nothing was sent"] : table(
          ["TIME", "APP", "ANSWER", "TOOK", "OUT", "IN", "REQUEST"],
          lines.map((line) => [
            formatTime(line.at),
            ownerOf(line),
            answerOf(line),
            formatDuration(line.ms),
            formatBytes(line.bytesOut),
            formatBytes(line.bytesIn),
            isSocket(line)
              ? `socket ${line.host}${line.method === "TLS" ? " (TLS)" : ""}`
              : `${line.method} ${line.host}${line.path}`,
          ]),
        ),
    );
  },
});

/** A raw connection is one line, written when it ends; its path is empty. */
function isSocket({ method, path }: NetLine): boolean {
  return path === "" && (method === "TCP" || method === "TLS");
}

function answerOf(line: NetLine) {
  const { status, code } = line;
  const text = code ?? (isSocket(line) ? "closed" : String(status ?? "-"));
  return code !== undefined || (status ?? 0) >= 400 ? styled("red", text) : text;
}
