import { formatBytes } from "../../../kernel/lib/bytes.ts";
import type { Pin } from "../../api_types.ts";
import { defineCommand } from "../../command.ts";
import { formatTime } from "../../format.ts";
import { pinsPath } from "../../pin_lines.ts";
import { table } from "../../table.ts";

/** `fazt storage pins list`. */
export const command = defineCommand({
  name: "storage pins list",
  summary: "List content that is kept by its id, newest first",
  group: "data",
  flags: { app: "only this app's" },
  async run({ flags, api, out }) {
    const pins = await api.get<Pin[]>(pinsPath(flags.app));
    out.result(pins, () =>
      table(
        ["NAME", "KIND", "SIZE", "FOR", "PUBLIC", "WHEN", "CID"],
        pins.map((pin) => [
          pin.name,
          pin.kind,
          formatBytes(pin.size),
          pin.app ?? pin.appId ?? "you",
          pin.public ? "yes" : "no",
          formatTime(pin.createdAt),
          pin.cid,
        ]),
      ));
  },
});
