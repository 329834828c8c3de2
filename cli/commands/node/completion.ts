import { defineCommand } from "../../command.ts";
import { completionScript, type Shell, SHELLS } from "../../completion.ts";
import { commandsUnder, loadCommands } from "../../registry.ts";
import { usageError } from "../../usage_error.ts";

/** `fazt completion`. */
export const command = defineCommand({
  name: "completion",
  summary: "Print a script that lets bash, zsh or fish complete commands",
  group: "system",
  local: "it prints a script for this machine",
  args: ["<shell>"],
  examples: [
    "completion bash > ~/.local/share/bash-completion/completions/fazt",
    "completion fish > ~/.config/fish/completions/fazt.fish",
  ],
  async run({ args, out }) {
    if (!(SHELLS as readonly string[]).includes(args.shell)) {
      throw usageError(`Cannot complete for "${args.shell}"`, `use one of ${SHELLS.join(", ")}`);
    }
    const script = completionScript(args.shell as Shell, await loadCommands(commandsUnder([])));
    out.result({ shell: args.shell, script }, () => script.trimEnd().split("\n"));
  },
});
