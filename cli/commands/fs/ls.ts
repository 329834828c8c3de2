import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { ContentInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { contentPath, readContentRef } from "../../content_ref.ts";
import { table } from "../../table.ts";

/** `fazt fs ls`. */
export const command = defineCommand({
  name: "fs ls",
  summary: "List a folder of an app (APP[:path]) or of content (CID[/path])",
  group: "data",
  args: ["<what>"],
  flags: { revision: "of this revision of the app instead of the current one" },
  examples: ["fs ls blog", "fs ls blog:css", "fs ls bafybei…/css"],
  async run({ args, flags, api, out }) {
    const ref = readContentRef(args.what);
    const info = await api.get<ContentInfo>(contentPath(ref, { revision: flags.revision }));
    const rows = info.kind === "folder"
      ? info.entries.map(({ name, kind, cid, size }) => [
        kind === "folder" ? `${name}/` : name,
        formatBytes(size),
        cid,
      ])
      : [[ref.path.split("/").at(-1) ?? "", formatBytes(info.size), info.cid]];
    out.result(info, () => table(["NAME", "SIZE", "CID"], rows));
  },
});
