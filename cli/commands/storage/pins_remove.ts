import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { pinsPath } from "../../pin_lines.ts";

/** `fazt storage pins remove`. */
export const command = defineCommand({
  name: "storage pins remove",
  summary: "Let go of content; what nothing else names is deleted within some hours",
  group: "data",
  args: ["<cid>"],
  flags: { app: "of this app (default: yours)" },
  examples: ["storage pins remove bafkrei…", "storage pins remove bafybei… --app blog"],
  async run({ args, flags, api, out }) {
    const path = pinsPath(flags.app) + apiPath`/cids/${args.cid}`;
    const gone = await api.delete<{ cid: string }>(path);
    out.result(gone, () => [`${gone.cid} is let go of`]);
  },
});
