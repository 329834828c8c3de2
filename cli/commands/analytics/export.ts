import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { defineCommand } from "../../command.ts";
import { readChoice } from "../../read_choice.ts";
import { saveStream } from "../../save_stream.ts";
import { KINDS, SPAN_FLAGS, spanQuery } from "../../span_query.ts";

/** `fazt analytics export`. */
export const command = defineCommand({
  name: "analytics export",
  summary: "Write what was counted as CSV: the parts of a time, or with --kind the names",
  group: "system",
  args: ["[app]"],
  flags: {
    ...SPAN_FLAGS,
    step: "length of the parts: minute, hour or day",
    kind: "names instead: path, referrer, country, device, browser, os, status or event",
    output: "the file (default stdout)",
  },
  examples: ["analytics export blog --since 30d -o blog.csv", "analytics export --kind referrer"],
  async run({ args, flags, api, out, io }) {
    const kind = readChoice(flags.kind, { of: KINDS, what: "kind" });
    const query = spanQuery(flags, { app: args.app, kind });
    const file = flags.output ?? "-";
    const bytes = await saveStream(await api.stream(`/api/analytics.csv${query}`), file, {
      io,
      out,
    });
    if (file !== "-") out.result({ file, bytes }, () => [`${file} has ${formatBytes(bytes)}`]);
  },
});
