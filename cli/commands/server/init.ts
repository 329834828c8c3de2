import { defineCommand } from "../../command.ts";
import { SERVER_FLAGS, serverFlags } from "../../server_flags.ts";

/** `fazt server init`. */
export const command = defineCommand({
  name: "server init",
  summary: "Set up a node's database and its settings, without starting it",
  group: "node",
  local: "it makes a database on this machine",
  flags: SERVER_FLAGS,
  examples: ["server init --domain example.com"],
  async run({ flags, dbPath, out }) {
    const settings = await serverFlags(flags);
    const { initNode } = await import("../../node.ts");
    await initNode({ dbPath, settings });
    out.result({ db: dbPath, settings }, () => [
      `${dbPath} is ready`,
      `fazt server start${flags.db === undefined ? "" : ` --db ${dbPath}`}`,
    ]);
  },
});
