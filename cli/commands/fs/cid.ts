import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ContentInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { contentPath, readContentRef } from "../../content_ref.ts";
import { readLocalContent } from "../../local_content.ts";

/** `fazt fs cid`. */
export const command = defineCommand({
  name: "fs cid",
  summary: "Print the content id of a file or folder, here (./…) or in an app",
  group: "data",
  args: ["<what>"],
  flags: { revision: "of this revision of the app instead of the current one" },
  examples: ["fs cid ./site", "fs cid ./photo.jpg", "fs cid blog", "fs cid blog:css/site.css"],
  async run({ args, flags, api, out, io, signal }) {
    const path = resolve(io.cwd, args.what);
    // An app is named by a slug: whatever looks like a path is one.
    if (/^\.{0,2}\/|^\.{1,2}$|^[A-Za-z]:\\/.test(args.what) && existsSync(path)) {
      const { kind, cid, size, warnings } = await readLocalContent(path, signal);
      for (const warning of warnings) out.message(`warning: ${warning}`);
      return out.result({ kind, cid, size }, () => [cid]);
    }
    const ref = readContentRef(args.what);
    const info = await api.get<ContentInfo>(contentPath(ref, { revision: flags.revision }));
    const { kind, cid, size } = info;
    out.result({ kind, cid, size }, () => [cid]);
  },
});
