import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { AppFile } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt app files`. */
export const command = defineCommand({
  name: "app files",
  summary: "List the files of an app, or print one of them",
  group: "apps",
  args: ["<app>", "[path]"],
  flags: {
    revision: "of this revision instead of the current one",
    output: "write the file here instead of printing it",
  },
  examples: ["app files blog", "app files blog index.html", "app files blog a.png -o a.png"],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const ref = await ctx.appRef(args.app);
    const n = readCount(flags.revision, "a revision");
    const query = n === undefined ? "" : `?revision=${n}`;
    if (args.path === undefined) {
      const files = await api.get<AppFile[]>(apiPath`/api/apps/${ref}/files` + query);
      return out.result(files, () =>
        table(
          ["PATH", "SIZE", "TYPE", "CID"],
          files.map((file) => [file.path, formatBytes(file.size), file.type, file.cid]),
        ));
    }
    const path = args.path.split("/").map(encodeURIComponent).join("/");
    const bytes = await api.bytes(apiPath`/api/apps/${ref}/files/` + path + query);
    if (flags.output !== undefined) {
      await writeFile(resolve(io.cwd, flags.output), bytes);
      return out.result({ path: args.path, size: bytes.length, output: flags.output }, () => [
        `${args.path} is in ${flags.output} (${formatBytes(bytes.length)})`,
      ]);
    }
    if (!out.json) return out.bytes(bytes);
    out.result({ path: args.path, size: bytes.length, base64: bytes.toBase64() }, () => []);
  },
});
