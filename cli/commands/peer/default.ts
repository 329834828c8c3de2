import { defineCommand } from "../../command.ts";
import { defaultPeer, LOCAL, setDefaultPeer } from "../../peers.ts";

/** `fazt peer default`. */
export const command = defineCommand({
  name: "peer default",
  summary: "Show or choose the node that commands go to; `local` is this machine's",
  group: "system",
  local: "peers are kept in this machine's database",
  args: ["[name]"],
  examples: ["peer default prod", "peer default local"],
  run({ args, dbPath, out }) {
    if (args.name !== undefined) setDefaultPeer(dbPath, args.name);
    const name = defaultPeer(dbPath)?.name ?? LOCAL;
    out.result({ default: name }, () => [`Commands go to ${name}`]);
  },
});
