import type { KeyInfo } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime, list } from "../../format.ts";
import { table } from "../../table.ts";

/** `fazt key list`. */
export const command = defineCommand({
  name: "key list",
  summary: "List the API keys that work, with what they may do and their last use",
  group: "system",
  async run({ api, out }) {
    const keys = await api.get<KeyInfo[]>("/api/keys");
    out.result(
      keys,
      () =>
        keys.length === 0 ? ["No keys yet: fazt server create-key NAME"] : table(
          ["ID", "NAME", "SCOPES", "ENDS", "LAST USED", "FROM"],
          keys.map((key) => [
            key.id,
            key.name,
            list(key.scopes),
            key.expiresAt === null ? "never" : formatTime(key.expiresAt),
            key.lastUsedAt === null ? "never" : formatTime(key.lastUsedAt),
            key.lastAddress ?? "",
          ]),
        ),
    );
  },
});
