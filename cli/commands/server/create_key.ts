import { parseDuration } from "../../../kernel/lib/duration.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, list } from "../../format.ts";
import { withNode } from "../../with_node.ts";

interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: number | null;
  /** Shown this once. */
  readonly token: string;
}

/** `fazt server create-key`. */
export const command = defineCommand({
  name: "server create-key",
  summary: "Make an API key; it is shown once, alone on stdout",
  group: "node",
  args: ["<name>"],
  flags: {
    scope: "admin, deploy, deploy:APP, read or mcp; as often as needed (default deploy)",
    expires: "when it ends, such as 30d (default never)",
  },
  examples: ["server create-key ci --scope deploy:blog --expires 90d"],
  async run(ctx) {
    const { args, flags, out } = ctx;
    if (flags.expires !== undefined) parseDuration(flags.expires);
    const wanted = {
      name: args.name,
      scopes: flags.scope ?? ["deploy"],
      ...flags.expires === undefined ? {} : { expiresIn: flags.expires },
    };
    const key = await withNode<NewKey>(ctx, {
      running: (api) => api.post("/api/keys", wanted),
      stopped: ({ keys }) => keys.create(wanted),
    });
    const until = key.expiresAt ? `until ${formatTime(key.expiresAt)}` : "without end";
    if (!out.json) out.message(`Key ${key.id} for ${list(key.scopes)}, ${until}; keep it safe:`);
    out.result(key, () => [key.token]);
  },
});
