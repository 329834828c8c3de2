import { rename, rm } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { formatBytes } from "../../../kernel/lib/bytes.ts";
import { defineCommand } from "../../command.ts";
import { objectPath, watched } from "../../object_transfer.ts";

/** `fazt storage s3 get`. */
export const command = defineCommand({
  name: "storage s3 get",
  summary: "Fetch an object into a file, or with - to stdout",
  group: "data",
  args: ["<app>", "<path>", "[file]"],
  flags: { user: "one person's object, by id" },
  examples: ["storage s3 get blog photos/a.jpg", "storage s3 get blog dump.sql -"],
  async run(ctx) {
    const { args, flags, api, out, io } = ctx;
    const ref = await ctx.appRef(args.app);
    const body = watched(await api.stream(objectPath(ref, args.path, flags.user)), {
      out,
      label: args.path,
      size: undefined,
    });
    if (args.file === "-") {
      for await (const chunk of body) out.bytes(chunk);
      return;
    }
    const file = resolve(io.cwd, args.file ?? basename(args.path));
    const part = `${file}.part`;
    let size = 0;
    try {
      // Only the whole object ever has the file's name.
      const target = await Deno.open(part, { write: true, create: true, truncate: true });
      const counted = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          size += chunk.length;
          controller.enqueue(chunk);
        },
      });
      await body.pipeThrough(counted).pipeTo(target.writable);
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    out.result({ path: args.path, size, file }, () => [
      `${args.path} is in ${file} (${formatBytes(size)})`,
    ]);
  },
});
