import type { Session } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt session list`. */
export const command = defineCommand({
  name: "session list",
  summary: "List where the owner is signed in, the session used last first",
  group: "system",
  async run({ api, out }) {
    const sessions = await api.get<Session[]>("/api/sessions");
    out.result(
      sessions,
      () =>
        sessions.length === 0
          ? ["Nobody is signed in: fazt server set-credentials makes a link"]
          : table(
            ["ID", "DEVICE", "FROM", "BY", "SINCE", "LAST SEEN", "ENDS"],
            sessions.map((one) => [
              one.id,
              one.device,
              one.address ?? "",
              one.method,
              formatTime(one.createdAt),
              formatTime(one.lastSeenAt),
              formatTime(one.expiresAt),
            ]),
          ),
    );
  },
});
