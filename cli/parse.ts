import { parseArgs } from "node:util";
import { isId } from "../kernel/lib/ids.ts";
import { nearest } from "../kernel/lib/nearest.ts";
import { type AnyCommand, type ArgSpec } from "./command.ts";
import { APP_FLAGS, type FlagName, FLAGS, GLOBAL_FLAGS } from "./flags.ts";
import { usageError } from "./usage_error.ts";

/** A command line taken apart, before it is known which command it names. */
export interface CommandLine {
  /** What is neither a flag nor the peer, in order. */
  readonly words: readonly string[];
  readonly flags: Readonly<Partial<Record<FlagName, string | boolean | string[]>>>;
  /** From `@peer` or `--to peer`. */
  readonly peer: string | undefined;
}

/**
 * Takes a command line apart. Flags may stand anywhere; `--` ends them; `@peer` counts only
 * before the command's first word.
 * @throws {FaztError} `USAGE`.
 */
export function parseLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = readFlags(argv);
  const at = positionals[0]?.startsWith("@") ? positionals[0].slice(1) : undefined;
  const words = at === undefined ? positionals : positionals.slice(1);
  if (at === "") throw usageError("Cannot read the peer: @ has no name", "write @NAME");
  if (at !== undefined && values.to !== undefined && values.to !== at) {
    throw usageError(`Cannot speak to both @${at} and --to ${values.to}`, "name one peer");
  }
  return { words, flags: values as CommandLine["flags"], peer: at ?? values.to as string };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (cause) {
    const error = cause as Error & { code?: string };
    const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown !== undefined) throw unknownFlag(unknown, Object.keys(FLAGS));
    throw usageError(
      `Cannot read the command line: ${error.message.split("\n")[0]}`,
      "a value that starts with a dash is written --flag=VALUE",
    );
  }
}

function unknownFlag(flag: string, known: readonly string[]): Error {
  const near = nearest(flag.replace(/^-+/, ""), known);
  return usageError(
    `There is no flag ${flag}`,
    near ? `did you mean --${near}?` : "add --help to see the flags",
  );
}

/** Checks that every flag given is one of the command's. */
export function checkFlags(command: AnyCommand, flags: CommandLine["flags"]): void {
  const known = Object.keys({ ...GLOBAL_FLAGS, ...flagsOf(command) });
  for (const flag of Object.keys(flags)) {
    if (known.includes(flag)) continue;
    throw usageError(
      `fazt ${command.name} takes no flag --${flag}`,
      `fazt ${command.name} --help shows its flags`,
    );
  }
}

/** A command's own flags: those it declares, and two more where it takes an app. */
export function flagsOf(command: AnyCommand): Readonly<Partial<Record<FlagName, string>>> {
  return takesApp(command) ? { ...command.flags, ...APP_FLAGS } : command.flags ?? {};
}

function takesApp(command: AnyCommand): boolean {
  return command.args?.[0] === "<app>";
}

/** The arguments by name. @throws {FaztError} `USAGE` for one too few or too many. */
export function readArgs(
  command: AnyCommand,
  typed: readonly string[],
  flags: CommandLine["flags"],
): Record<string, string | string[]> {
  const words = takesApp(command) ? withApp(typed, flags) : typed;
  const values: Record<string, string | string[]> = {};
  let at = 0;
  for (const spec of command.args ?? []) {
    const { name, required, rest } = readSpec(spec);
    if (required && at >= words.length) {
      throw usageError(`Cannot run fazt ${command.name}: <${name}> is missing`, usageOf(command));
    }
    if (rest) {
      values[name] = words.slice(at);
      at = words.length;
    } else if (at < words.length) {
      values[name] = words[at++]!;
    }
  }
  if (at < words.length) {
    throw usageError(
      `Cannot run fazt ${command.name}: "${words[at]}" is one argument too many`,
      usageOf(command),
    );
  }
  return values;
}

/** `--id` and `--alias` stand for the app's argument and say what kind of name it is. */
function withApp(words: readonly string[], flags: CommandLine["flags"]): readonly string[] {
  const { id, alias } = flags as { id?: string; alias?: string };
  if (id !== undefined && alias !== undefined) {
    throw usageError("Cannot take both --id and --alias", "name the app once");
  }
  if (id !== undefined && !isId("app", id)) {
    throw usageError(`Cannot use "${id}" as an app's id`, "fazt app list --json shows every id");
  }
  const app = id ?? alias;
  return app === undefined ? words : [app, ...words];
}

function readSpec(spec: ArgSpec): { name: string; required: boolean; rest: boolean } {
  const name = spec.slice(1, -1);
  const rest = name.endsWith("...");
  return { name: rest ? name.slice(0, -3) : name, required: spec.startsWith("<"), rest };
}

/** How a command is written, such as `fazt app rename <app> <name>`. */
export function usageOf(command: AnyCommand): string {
  const flags = Object.keys(flagsOf(command)).length > 0 ? ["[flags]"] : [];
  return ["fazt", command.name, ...command.args ?? [], ...flags].join(" ");
}
