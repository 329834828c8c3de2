import { defineCommand } from "../../command.ts";
import { styled } from "../../format.ts";
import { programFor } from "../../program.ts";
import { SERVER_FLAGS, serverFlags } from "../../server_flags.ts";

/** `fazt server start`. */
export const command = defineCommand({
  name: "server start",
  summary: "Start the node and stay until it is told to stop",
  group: "node",
  local: "it starts a node on this machine",
  flags: SERVER_FLAGS,
  examples: ["server start", "server start --db ./data.db --port 8080"],
  stopsItself: true,
  async run({ flags, dbPath, io, out, signal }) {
    const settings = await serverFlags(flags);
    const { runNode } = await import("../../run_node.ts");
    return await runNode({
      dbPath,
      flags: settings,
      env: io.env,
      signal,
      say: (text) => out.message(text),
      announce: ({ url, adminUrl, ownerLink }) =>
        out.item({ url, adminUrl, ...ownerLink ? { ownerLink } : {} }, () => [
          ["Answers at    ", styled("cyan", url)],
          ["Dashboard     ", styled("cyan", ownerLink ?? adminUrl)],
          ["Deploy        ", `${programFor(dbPath, io)} app deploy FOLDER`],
        ]),
    });
  },
});
