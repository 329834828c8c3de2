import { resolve } from "node:path";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import type { Pulled } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { filesAndSize } from "../../format.ts";
import { pullFiles } from "../../pull_files.ts";
import { readCount } from "../../read_count.ts";

/** `fazt app pull`. */
export const command = defineCommand({
  name: "app pull",
  summary: "Write the files of an app into a folder of this machine",
  group: "apps",
  args: ["<app>", "[folder]"],
  flags: {
    revision: "another revision than the served one",
    force: "write into a folder that has files, over those of the same name",
  },
  examples: ["app pull notes", "app pull notes ./notes --revision 3 --force"],
  async run(ctx) {
    const { api, flags, io, out } = ctx;
    const revision = readCount(flags.revision, "a revision");
    const ref = await ctx.appRef(ctx.args.app);
    const pulled = await api.post<Pulled>(
      apiPath`/api/apps/${ref}/pull`,
      revision === undefined ? {} : { revision },
    );
    const { app, files } = pulled;
    const folder = resolve(io.cwd, ctx.args.folder ?? app.name);
    const { written, same } = await pullFiles(pulled, {
      folder,
      force: flags.force ?? false,
      read: (path) => {
        const at = path.split("/").map(encodeURIComponent).join("/");
        const query = `?revision=${pulled.revision}`;
        return api.bytes(`${apiPath`/api/apps/${app.id}/files/`}${at}${query}`);
      },
      onFile: (n) => out.status(`fetching ${n} of ${files.length}`),
    }).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      throw new FaztError("CONFLICT", `Cannot write into ${folder}: it is not empty`, {
        hint: "name another folder, or write over it with --force",
      });
    }).finally(() => out.status(""));
    const size = files.reduce((sum, file) => sum + file.size, 0);
    out.result(
      { app, revision: pulled.revision, folder, files: files.length, size, written, same },
      () => [
        `${app.name} revision ${pulled.revision} is in ${folder} (${
          filesAndSize(files.length, size)
        }, ${written} written)`,
        `Change it, then: fazt app deploy ${folder} --name ${app.name}`,
      ],
    );
  },
});
