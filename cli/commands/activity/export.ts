import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { ACTIVITY_FLAGS, activityQuery } from "../../activity_query.ts";
import { defineCommand } from "../../command.ts";
import { usageError } from "../../usage_error.ts";
import { writeStream } from "../../write_stream.ts";

const FORMATS = ["csv", "json", "ndjson"];

/** `fazt activity export`. */
export const command = defineCommand({
  name: "activity export",
  summary: "Write the activity log, or what is chosen of it, as csv, json or ndjson",
  group: "system",
  flags: {
    ...ACTIVITY_FLAGS,
    format: "csv, json or ndjson (default csv; json with --json)",
    output: "the file to make (default: stdout)",
  },
  examples: ["activity export -o changes.csv", "activity export --since 30d --format ndjson"],
  async run({ flags, api, out, io }) {
    const format = flags.format ?? (out.json && flags.output === undefined ? "json" : "csv");
    if (!FORMATS.includes(format)) {
      throw usageError(`Cannot write "${format}"`, `formats are ${FORMATS.join(", ")}`);
    }
    const stream = await api.stream(`/api/activity.${format}${activityQuery(flags)}`);
    if (flags.output === undefined) {
      for await (const part of stream) out.bytes(part);
      return;
    }
    const bytes = await writeStream(stream, { file: flags.output, io });
    out.result({ file: flags.output, bytes }, () => [
      `${flags.output} holds it, ${formatBytes(bytes)}`,
    ]);
  },
});
