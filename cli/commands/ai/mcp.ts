import { defineCommand } from "../../command.ts";
import { mcpConfig, mcpConfigLines } from "../../mcp_config.ts";
import { LOCAL } from "../../peers.ts";
import { resolveTarget } from "../../target.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt mcp`. */
export const command = defineCommand({
  name: "mcp",
  summary: "Speak the Model Context Protocol on stdin and stdout, for a node's tools",
  group: "system",
  flags: { config: "print what to tell a client, and end" },
  examples: ["mcp --config", "@prod mcp"],
  notes: [
    "Clients start it themselves. Most of them read such a file:",
    "",
    '  {"mcpServers": {"fazt": {"command": "fazt", "args": ["mcp"]}}}',
    "",
    "Over HTTP, without this program: URL of the dashboard + /mcp, with a key as bearer token:",
    "",
    "  fazt server create-key assistant --scope mcp --expires 90d",
    "",
    "Scope mcp opens every tool; deploy, deploy:APP and read open what they open elsewhere.",
    "Here the rights are those of the node's own token, or of the peer's.",
  ],
  stopsItself: true,
  async run(ctx) {
    const { dbPath, peer, out, io, signal } = ctx;
    if (ctx.flags.config) {
      const { name, url } = resolveTarget(dbPath, peer);
      const config = mcpConfig({
        dbPath,
        peer: name === LOCAL ? undefined : name,
        url,
      });
      return out.result(config, () => mcpConfigLines(config));
    }
    if (io.stdin.isTerminal) {
      throw usageError(
        "Cannot speak the protocol with a person: a client starts this",
        "fazt mcp --config prints what to tell the client",
      );
    }
    const { bridge } = await import("../../mcp_bridge.ts");
    await bridge({
      find: () => resolveTarget(dbPath, peer),
      signal,
      onError: ({ message, hint }) =>
        out.message(`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])),
    });
  },
});
