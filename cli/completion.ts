import type { AnyCommand } from "./command.ts";
import { type FlagName, FLAGS, type FlagSpec, GLOBAL_FLAGS } from "./flags.ts";
import { flagsOf } from "./parse.ts";
import { SHORT_NAMES } from "./registry.ts";

/** The shells that completion scripts exist for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell of {@link SHELLS}. */
export type Shell = typeof SHELLS[number];

/** Words that may follow some words, and the flags of the command they name. */
interface Node {
  readonly words: string;
  readonly next: readonly string[];
  readonly flags: readonly string[];
}

/** A script that completes nouns, verbs and flags without starting fazt. */
export function completionScript(shell: Shell, commands: readonly AnyCommand[]): string {
  const nodes = tree(commands);
  if (shell === "fish") return fish(nodes);
  const bash = bashScript(nodes);
  return shell === "bash"
    ? bash
    : `#compdef fazt\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function tree(commands: readonly AnyCommand[]): Node[] {
  const next = new Map<string, Set<string>>();
  const flags = new Map<string, string[]>();
  const add = (name: string, command: AnyCommand) => {
    const words = name.split(" ");
    for (let n = 0; n < words.length; n++) {
      const above = words.slice(0, n).join(" ");
      next.set(above, (next.get(above) ?? new Set()).add(words[n]!));
    }
    const own = Object.keys({ ...flagsOf(command), ...GLOBAL_FLAGS });
    flags.set(name, own.map((flag) => `--${flag}`));
  };
  for (const command of commands) add(command.name, command);
  for (const [short, name] of Object.entries(SHORT_NAMES)) {
    const command = commands.find((one) => one.name === name);
    if (command) add(short, command);
  }
  const every = new Set([...next.keys(), ...flags.keys()]);
  return [...every].sort().map((words) => ({
    words,
    next: [...next.get(words) ?? []],
    flags: flags.get(words) ?? [],
  }));
}

/** Flags whose value is a file, so that the shell completes one after them. */
function valueFlags(): string[] {
  return (Object.keys(FLAGS) as FlagName[])
    .filter((name) => (FLAGS[name] as FlagSpec).type === "string").map((name) => `--${name}`);
}

function bashScript(nodes: readonly Node[]): string {
  const cases = nodes.map(({ words, next, flags }) =>
    `    "${words}") words="${next.join(" ")}" flags="${flags.join(" ")}" ;;`
  );
  return `_fazt() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" word words="" flags="" skip="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    case "$word" in
      ${valueFlags().join("|")}) skip=1; continue ;;
      -*|@*) continue ;;
    esac
    case "\${path:+$path }$word" in
      ${nodes.filter((n) => n.words !== "").map((n) => `"${n.words}"`).join("|")})
        path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n "$words" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _fazt fazt
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ words, next, flags }) => {
    const seen = `__fazt_at ${words}`.trim();
    return [
      ...next.length > 0 ? [`complete -c fazt -f -n '${seen}' -a '${next.join(" ")}'`] : [],
      ...flags.map((flag) => `complete -c fazt -n '${seen}' -l ${flag.slice(2)}`),
    ];
  });
  return `function __fazt_at
  set -l said (string match -v -r -- '^[-@]' (commandline -opc)[2..])
  set -l count (count $argv)
  if test $count -eq 0
    test (count $said) -eq 0
  else
    test (count $said) -ge $count; and test "$said[1..$count]" = "$argv"
  end
end
${lines.join("\n")}
`;
}
