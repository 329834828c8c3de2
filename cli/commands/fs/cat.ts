import { defineCommand } from "../../command.ts";
import { contentPath, readContentRef } from "../../content_ref.ts";
import { writeStream } from "../../write_stream.ts";

/** `fazt fs cat`. */
export const command = defineCommand({
  name: "fs cat",
  summary: "Print a file of an app (APP:path) or of content (CID[/path])",
  group: "data",
  args: ["<what>"],
  flags: {
    revision: "of this revision of the app instead of the current one",
    output: "write it here instead of printing it",
  },
  examples: ["fs cat blog:index.html", "fs cat bafkrei… > photo.jpg", "fs cat bafybei…/a.txt"],
  async run({ args, flags, api, out, io }) {
    const ref = readContentRef(args.what);
    const path = contentPath(ref, { as: "bytes", revision: flags.revision });
    const stream = await api.stream(path);
    if (flags.output !== undefined) {
      const size = await writeStream(stream, { file: flags.output, io });
      return out.result({ output: flags.output, size }, () => [
        `${args.what} is in ${flags.output} (${size} bytes)`,
      ]);
    }
    if (out.json) {
      const bytes = new Uint8Array(
        await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
      );
      return out.result({ size: bytes.length, base64: bytes.toBase64() }, () => []);
    }
    for await (const part of stream) out.bytes(part);
  },
});
