import { type AnyCommand, type Group, GROUPS } from "./command.ts";
import { type FlagName, FLAGS, type FlagSpec, GLOBAL_FLAGS } from "./flags.ts";
import type { Line } from "./output.ts";
import { flagsOf, usageOf } from "./parse.ts";
import { commandsUnder, loadCommands, SHORT_NAMES } from "./registry.ts";

/** Everything there is, on one screen, grouped by job. */
export async function overviewHelp(): Promise<Line[]> {
  const commands = await loadCommands(commandsUnder([]));
  const lines: Line[] = [
    [bold("fazt"), " — your own cloud in one executable and one file"],
    "",
    "fazt [@PEER] <noun> <verb> [arguments] [flags]",
    "",
  ];
  for (const group of Object.keys(GROUPS) as Group[]) {
    const jobs = byNoun(commands.filter((command) => command.group === group));
    if (jobs.length === 0) continue;
    lines.push([bold(GROUPS[group])]);
    for (const [noun, verbs] of jobs) lines.push(...folded(`  ${noun.padEnd(11)} ${verbs}`));
  }
  const short = Object.entries(SHORT_NAMES).map(([from, to]) => `${from} (${to})`).join(", ");
  lines.push("", `Short: ${short}`, "", "fazt help COMMAND explains one; --json on every command.");
  return lines;
}

/** The commands under some first words, such as `fazt app`. */
export async function groupHelp(words: readonly string[]): Promise<Line[]> {
  const commands = await loadCommands(commandsUnder(words));
  return [
    [bold(`fazt ${words.join(" ")}`)],
    "",
    ...columns(commands.map((c) => [[c.name, ...c.args ?? []].join(" "), c.summary])),
    "",
    `fazt help ${words.join(" ")} COMMAND explains one.`,
  ];
}

/** Everything about one command. */
export function commandHelp(command: AnyCommand): Line[] {
  const lines: Line[] = [[bold(usageOf(command))], "", command.summary];
  const own = Object.entries(flagsOf(command)) as [FlagName, string][];
  if (own.length > 0) lines.push("", [bold("Flags")], ...columns(own.map(flagRow)));
  const all = Object.entries(GLOBAL_FLAGS) as [FlagName, string][];
  lines.push("", [bold("On every command")], ...columns(all.map(flagRow)));
  if (command.examples) {
    lines.push("", [bold("Examples")], ...command.examples.map((text): Line => `  fazt ${text}`));
  }
  if (command.notes) lines.push("", ...command.notes);
  return lines;
}

/** Verbs by noun; a noun of two words is named once, after its first: `fazt help` of it says more. */
function byNoun(commands: readonly AnyCommand[]): [string, string][] {
  const jobs = new Map<string, Set<string>>();
  for (const { name, summary } of commands) {
    const [noun, second, third] = name.split(" ") as [string, string?, string?];
    const verb = second === undefined ? summary : third === undefined ? second : `${second} …`;
    jobs.set(noun, (jobs.get(noun) ?? new Set()).add(verb));
  }
  return [...jobs].map(([noun, verbs]) => [noun, [...verbs].join(", ")]);
}

const WIDTH = 100;

/** A line, with its rest below it where it is too long for a screen. */
function folded(line: string): string[] {
  if (line.length <= WIDTH) return [line];
  const at = line.lastIndexOf(", ", WIDTH - 2) + 1;
  return at === 0 ? [line] : [line.slice(0, at), ...folded(" ".repeat(14) + line.slice(at + 1))];
}

function flagRow([name, about]: [FlagName, string]): [string, string] {
  const { short, value }: FlagSpec = FLAGS[name];
  return [`${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`, about];
}

function columns(rows: readonly (readonly [string, string])[]): Line[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]): Line => `  ${left.padEnd(width + 2)}${right}`);
}

function bold(text: string) {
  return { text, style: "bold" } as const;
}
