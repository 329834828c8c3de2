import { resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { FaztError } from "../../../kernel/lib/fazt_error.ts";
import type { App } from "../../api_types.ts";
import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { download } from "../../download.ts";

/** `fazt app export`. */
export const command = defineCommand({
  name: "app export",
  summary: "Write an app with its data into one file, for another node",
  group: "revisions",
  args: ["<app>"],
  flags: {
    output: "the file (default: NAME.fazt)",
    "no-data": "its files only, not what it stored",
    force: "replace the file",
  },
  examples: ["app export blog", "app export blog -o /mnt/usb/blog.fazt --no-data"],
  async run(ctx) {
    const { api, out, io, flags } = ctx;
    const app = await api.get<App>(apiPath`/api/apps/${await ctx.appRef(ctx.args.app)}`);
    const file = resolve(io.cwd, flags.output ?? `${app.name}.fazt`);
    const path = apiPath`/api/apps/${app.id}/export` + (flags["no-data"] ? "?data=0" : "");
    const bytes = await download({ file, force: flags.force ?? false }, () => api.stream(path), {
      onBytes: (done) => out.status(`writing ${formatBytes(done)}`),
    }).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      throw new FaztError("CONFLICT", `Cannot write ${file}: it is there already`, {
        hint: "name another one with -o, or replace it with --force",
      });
    }).finally(() => out.status(""));
    out.result({ id: app.id, name: app.name, file, bytes }, () => [
      `${app.name} is in ${file} (${formatBytes(bytes)}); no secret is in it`,
      `Bring it to a node: fazt app import ${file} --to PEER`,
    ]);
  },
});
