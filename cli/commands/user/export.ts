import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt user export`. */
export const command = defineCommand({
  name: "user export",
  summary: "Write everything that carries a person's id into a zip",
  group: "system",
  args: ["<user>"],
  flags: { output: "the file to make (default USER.zip)" },
  examples: ["user export usr_7yc3abcdefgh -o person.zip"],
  async run({ args, flags, api, out, io }) {
    const stream = await api.stream(apiPath`/api/users/${args.user}/export`);
    const path = resolve(io.cwd, flags.output ?? `${args.user}.zip`);
    let bytes = 0;
    // Somebody's data: nobody else on this machine is to read it.
    const file = await open(path, "w", 0o600);
    try {
      for await (const part of stream) {
        await file.writeFile(part);
        bytes += part.length;
      }
    } finally {
      await file.close();
    }
    out.result({ file: path, bytes }, () => [`${path} holds it, ${formatBytes(bytes)}`]);
  },
});
