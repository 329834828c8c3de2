import { defineCommand } from "../../command.ts";
import { commandHelp, groupHelp, overviewHelp } from "../../help.ts";
import { commandsUnder, findCommand, loadCommand, nearestCommand } from "../../registry.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt help`. */
export const command = defineCommand({
  name: "help",
  summary: "Show help: of everything, of a noun, of one command",
  group: "system",
  args: ["[command...]"],
  examples: ["help", "help app", "help app deploy"],
  async run({ args, out }) {
    const words = args.command ?? [];
    if (words.length === 0) return out.lines(await overviewHelp());
    const found = findCommand(words);
    if (found?.words === words.length) return out.lines(commandHelp(await loadCommand(found.name)));
    if (commandsUnder(words).length > 0) return out.lines(await groupHelp(words));
    const near = nearestCommand(words);
    throw usageError(
      `There is no command "fazt ${words.join(" ")}"`,
      near ? `did you mean fazt ${near}?` : "fazt help shows every command",
    );
  },
});
