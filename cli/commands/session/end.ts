import { apiPath } from "../../client.ts";
import { defineCommand } from "../../command.ts";

/** `fazt session end`. */
export const command = defineCommand({
  name: "session end",
  summary: "Sign the owner out: of one session, or without one everywhere",
  group: "system",
  args: ["[session]"],
  examples: ["session end ses_7yc3abcdefgh", "session end --yes"],
  async run({ args, api, out, prompt }) {
    const { session } = args;
    if (session !== undefined) {
      const done = await api.delete<{ id: string }>(apiPath`/api/sessions/${session}`);
      return out.result({ ended: 1, ...done }, () => [`${done.id} has ended`]);
    }
    await prompt.agree(`Sign the owner of ${api.target.name} out everywhere?`);
    const done = await api.delete<{ ended: number }>("/api/sessions");
    out.result(done, () => [`${done.ended} ${done.ended === 1 ? "session" : "sessions"} ended`]);
  },
});
