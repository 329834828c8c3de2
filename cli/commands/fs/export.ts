import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { defineCommand } from "../../command.ts";
import { contentPath, readContentRef } from "../../content_ref.ts";
import { usageError } from "../../usage_error.ts";
import { writeStream } from "../../write_stream.ts";

/** `fazt fs export`. */
export const command = defineCommand({
  name: "fs export",
  summary: "Write an app's folder or content as a CAR, which every IPFS tool reads",
  group: "data",
  args: ["<what>"],
  flags: {
    revision: "of this revision of the app instead of the current one",
    output: "the file to write",
  },
  examples: ["fs export blog -o blog.car", "fs export bafybei… -o photos.car"],
  async run({ args, flags, api, out, io }) {
    const { output } = flags;
    if (output === undefined) throw usageError("Cannot export: no file is named", "-o FILE.car");
    const ref = readContentRef(args.what);
    const stream = await api.stream(contentPath(ref, { as: "car", revision: flags.revision }));
    const size = await writeStream(stream, { file: output, io });
    out.result({ output, size }, () => [`${args.what} is in ${output} (${formatBytes(size)})`]);
  },
});
