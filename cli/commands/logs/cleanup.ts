import { defineCommand } from "../../command.ts";
import { count } from "../../format.ts";
import { LEVELS } from "../../log_query.ts";
import { readChoice } from "../../read_choice.ts";
import { readSince } from "../../read_since.ts";

/** `fazt logs cleanup`. */
export const command = defineCommand({
  name: "logs cleanup",
  summary: "Delete lines of the log; without flags those past their age or number",
  group: "system",
  flags: {
    app: "only this app's, or with node the node's own",
    keep: "keep what is younger, such as 2d",
    level: "only lines of this level and below",
  },
  examples: ["logs cleanup", "logs cleanup --app blog --keep 2d", "logs cleanup --level debug"],
  async run({ flags, api, out, prompt }) {
    const level = readChoice(flags.level, { of: LEVELS, what: "level" });
    const before = flags.keep === undefined ? undefined : readSince(flags.keep, Date.now());
    if (before === undefined && (flags.app ?? level) !== undefined) {
      await prompt.agree(
        `Delete every${level ? ` ${level}` : ""} line of ${flags.app ?? "the log"}?`,
      );
    }
    const done = await api.post<{ readonly deleted: number }>("/api/logs/cleanup", {
      ...(flags.app === undefined ? {} : { app: flags.app }),
      ...(before === undefined ? {} : { before }),
      ...(level === undefined ? {} : { level }),
    });
    out.result(done, () => [`${count(done.deleted, "line")} deleted`]);
  },
});
