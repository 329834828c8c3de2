import { rm, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { ObjectHead } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { filesAndSize } from "../../format.ts";
import { objectPath, watched } from "../../object_transfer.ts";
import { usageError } from "../../usage_error.ts";
import { walk } from "../../walk.ts";

/** `fazt storage s3 put`. */
export const command = defineCommand({
  name: "storage s3 put",
  summary: "Store a file, a folder with all it holds, or with - stdin as objects of an app",
  group: "data",
  args: ["<app>", "<file>", "[path]"],
  flags: {
    type: "media type (default: by the extension)",
    user: "as one person's objects, by id",
  },
  examples: [
    "storage s3 put blog holiday.mp4 videos/holiday.mp4",
    "storage s3 put blog ./photos photos/2026",
    "storage s3 put blog - dumps/shop.sql < shop.sql",
  ],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const ref = await ctx.appRef(args.app);
    const sendFile = async (
      path: string,
      { source, size }: { readonly source: string; readonly size: number },
    ) => {
      const body = watched((await Deno.open(source)).readable, { out, label: path, size });
      const headers = flags.type === undefined ? {} : { "x-file-type": flags.type };
      return await api.upload<ObjectHead>(objectPath(ref, path, flags.user), {
        body,
        size,
        headers,
      });
    };

    if (args.file === "-") {
      if (args.path === undefined) {
        throw usageError("Cannot store stdin: its path is missing", "add the path behind the -");
      }
      // Its length has to be known before it is sent.
      const spool = await Deno.makeTempFile({ prefix: "fazt-stdin-" });
      try {
        const target = await Deno.open(spool, { write: true });
        await io.stdin.stream().pipeTo(target.writable);
        const stored = await sendFile(args.path, { source: spool, size: (await stat(spool)).size });
        return out.result(stored, () => [shown(stored)]);
      } finally {
        await rm(spool, { force: true });
      }
    }
    const source = resolve(io.cwd, args.file);
    const found = await stat(source).catch(() => {
      throw usageError(`Cannot store ${args.file}: there is no such file`, "name a file or folder");
    });
    if (!found.isDirectory()) {
      const stored = await sendFile(nameFor(args.path, source), { source, size: found.size });
      return out.result(stored, () => [shown(stored)]);
    }
    const { files, warnings } = await walk(source, ctx.signal);
    for (const warning of warnings) out.message(warning);
    const under = args.path === undefined ? "" : `${args.path.replace(/\/+$/, "")}/`;
    const all: ObjectHead[] = [];
    for (const file of files) all.push(await sendFile(under + file.path, file));
    const bytes = all.reduce((sum, { size }) => sum + size, 0);
    out.result(all, () => [`Stored ${filesAndSize(all.length, bytes)}`]);
  },
});

const shown = ({ path, size, type }: ObjectHead) =>
  `Stored ${path} (${formatBytes(size)}, ${type})`;

/** A path that ends in a slash names a folder for the file. */
function nameFor(path: string | undefined, source: string): string {
  if (path === undefined) return basename(source);
  return path.endsWith("/") ? path + basename(source) : path;
}
