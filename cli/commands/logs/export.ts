import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { defineCommand } from "../../command.ts";
import { LOG_FLAGS, logQuery } from "../../log_query.ts";
import { readChoice } from "../../read_choice.ts";
import { readCount } from "../../read_count.ts";
import { saveStream } from "../../save_stream.ts";

/** `fazt logs export`. */
export const command = defineCommand({
  name: "logs export",
  summary: "Write lines of the log to a file or stdout, newest first, as CSV or JSON lines",
  group: "system",
  args: ["[text]"],
  flags: {
    ...LOG_FLAGS,
    format: "csv or ndjson (default: by the file's name, else ndjson)",
    limit: "lines (default 1,000,000, which is also the most)",
    output: "the file (default stdout)",
  },
  examples: ["logs export --since 7d -o logs.csv", "logs export --app blog --format ndjson"],
  async run({ args, flags, api, out, io }) {
    const file = flags.output ?? "-";
    const format = readChoice(flags.format, { of: ["csv", "ndjson"], what: "format" }) ??
      (file.endsWith(".csv") ? "csv" : "ndjson");
    const limit = readCount(flags.limit, "a limit");
    const query = logQuery(flags, {
      text: args.text,
      limit: limit === undefined ? undefined : String(limit),
    });
    const bytes = await saveStream(await api.stream(`/api/logs.${format}${query}`), file, {
      io,
      out,
    });
    if (file !== "-") {
      out.result({ file, format, bytes }, () => [`${file} has ${formatBytes(bytes)}`]);
    }
  },
});
