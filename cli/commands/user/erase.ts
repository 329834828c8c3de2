import type { Erased } from "../../api_types.ts";
import { apiPath, TRANSFER_MS } from "../../client.ts";
import { defineCommand } from "../../command.ts";
import { traceLines } from "../../forgotten_lines.ts";
import { formatTime } from "../../format.ts";

/** `fazt user erase`. */
export const command = defineCommand({
  name: "user erase",
  summary: "Forget a person: nothing works as them any more, their rows go after 30 days",
  group: "system",
  args: ["<user>"],
  flags: { now: "their rows go at once and for good" },
  examples: ["user erase usr_7yc3abcdefgh", "user erase usr_7yc3abcdefgh --now --yes"],
  async run({ args, flags, api, out, prompt }) {
    const { user } = args;
    const now = flags.now ?? false;
    await prompt.agree(
      now
        ? `Erase ${user} and all rows of theirs from ${api.target.name}, for good and at once?`
        : `Erase ${user} from ${api.target.name}? Their rows go in 30 days`,
    );
    const done = await api.call<Erased>("POST", apiPath`/api/users/${user}/erase`, {
      json: { now },
      timeoutMs: TRANSFER_MS,
    });
    out.result(done, () =>
      done.state === "done" ? ["The person is erased", ...traceLines(done)] : [
        `The person's rows go at ${formatTime(done.erasedAt)}`,
        `undo until then: fazt user restore ${user}`,
      ]);
  },
});
