import { defineCommand } from "../../command.ts";
import { queryOf } from "../../query.ts";

/** `fazt net cache clear`. */
export const command = defineCommand({
  name: "net cache clear",
  summary: "Forget the answers kept for apps that asked for caching",
  group: "egress",
  flags: { app: "only this app's" },
  examples: ["net cache clear", "net cache clear --app blog"],
  async run({ flags, api, out }) {
    const { app } = flags;
    const cleared = await api.delete<unknown>(`/api/net/cache${queryOf({ app })}`);
    out.result(cleared, () => [`Kept answers of ${app ?? "every app"} are forgotten`]);
  },
});
