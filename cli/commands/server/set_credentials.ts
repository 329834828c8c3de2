import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";

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
  async run({ api, out }) {
    // Not for a stopped node: its next start prints one.
    const link = await api.post<OwnerLink>("/api/owner-links");
    out.result(link, () => [link.url, `One use, until ${formatTime(link.expiresAt)}`]);
  },
});
