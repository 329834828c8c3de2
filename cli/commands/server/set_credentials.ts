import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { withNode } from "../../with_node.ts";

interface OwnerLink {
  readonly url: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** `fazt server set-credentials`. */
export const command = defineCommand({
  name: "server set-credentials",
  summary: "Make a link that signs the owner in to the dashboard: one use, 30 minutes",
  group: "node",
  async run(ctx) {
    const link = await withNode<OwnerLink>(ctx, {
      running: (api) => api.post("/api/owner-links"),
      stopped: ({ ownerLinks }) => ownerLinks.create(),
    });
    ctx.out.result(link, () => [link.url, `One use, until ${formatTime(link.expiresAt)}`]);
  },
});
