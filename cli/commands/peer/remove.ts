import { defineCommand } from "../../command.ts";
import { findPeer, removePeer } from "../../peers.ts";

/** `fazt peer remove`. */
export const command = defineCommand({
  name: "peer remove",
  summary: "Forget another node and its key",
  group: "system",
  local: "peers are kept in this machine's database",
  args: ["<name>"],
  async run({ args, dbPath, out, prompt }) {
    const { name, url } = findPeer(dbPath, args.name);
    await prompt.agree(`Forget the peer ${name} (${url}) and its key?`);
    removePeer(dbPath, name);
    out.result({ name, removed: true }, () => [`${name} is forgotten`]);
  },
});
