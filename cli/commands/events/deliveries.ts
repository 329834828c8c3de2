import type { DeliveryRow } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { readCount } from "../../read_count.ts";
import { table } from "../../table.ts";

/** `fazt events deliveries`. */
export const command = defineCommand({
  name: "events deliveries",
  summary: "List events that apps are still owed, and those that were given up",
  group: "system",
  flags: {
    app: "only of this subscriber",
    failed: "only what was given up",
    limit: "deliveries to show, the newest (default 100)",
  },
  examples: ["events deliveries", "events deliveries --failed --app shop"],
  async run(ctx) {
    const { flags, api, out } = ctx;
    const query = new URLSearchParams();
    if (flags.app !== undefined) query.set("app", await ctx.appRef(flags.app));
    if (flags.failed) query.set("state", "dead");
    query.set("limit", String(readCount(flags.limit, "a limit") ?? 100));
    const rows = await api.get<DeliveryRow[]>(`/api/events/deliveries?${query}`);
    out.result(rows, () =>
      rows.length === 0 ? ["No deliveries are owed"] : table(
        ["ID", "STATE", "TYPE", "SUBSCRIBER", "HANDLER", "FAILED", "NEXT", "ERROR"],
        rows.map((row) => [
          row.id,
          row.state === "dead" ? "given up" : "waiting",
          row.type,
          row.appId,
          row.handler,
          row.attempts,
          row.state === "dead" ? null : formatTime(row.nextAt),
          row.error?.message ?? null,
        ]),
      ));
  },
});
