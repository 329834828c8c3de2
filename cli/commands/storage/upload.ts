import { resolve } from "node:path";
import type { Pin } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { readLocalContent } from "../../local_content.ts";
import { pinLines, pinsPath } from "../../pin_lines.ts";
import { deployProgress } from "../../progress.ts";
import { uploadMissing } from "../../upload_missing.ts";

/** `fazt storage upload`. */
export const command = defineCommand({
  name: "storage upload",
  summary: "Keep a file or folder on the node under its content id, and publish it there",
  group: "data",
  args: ["<file>"],
  flags: {
    app: "belongs to this app (default: to you)",
    name: "what to call it (default: its own name)",
    private: "do not serve it at /ipfs/",
  },
  examples: ["storage upload photo.jpg", "storage upload ./photos --app blog --name 'Summer'"],
  async run({ args, flags, api, out, io, signal }) {
    const content = await readLocalContent(resolve(io.cwd, args.file), signal);
    for (const warning of content.warnings) out.message(`warning: ${warning}`);
    const pin = await uploadMissing<Pin>(api, content.files, {
      path: pinsPath(flags.app),
      request: {
        name: flags.name ?? content.name,
        public: !flags.private,
        files: content.files.map(({ path, cid, size }) => ({ path, cid, size })),
      },
      what: args.file,
      listener: deployProgress(out, io),
    });
    out.result(pin.data, () => pinLines(pin.data));
  },
});
