import process from "node:process";
import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { AnyCommand } from "./command.ts";
import { Context } from "./context.ts";
import { renderError, toCliError } from "./error_lines.ts";
import { EXIT, exitCodeOf } from "./exit_code.ts";
import { commandHelp, groupHelp, overviewHelp } from "./help.ts";
import { type Io, systemIo } from "./io.ts";
import { Output } from "./output.ts";
import { checkFlags, type CommandLine, parseLine, readArgs } from "./parse.ts";
import { LOCAL } from "./peers.ts";
import { Prompt } from "./prompt.ts";
import { commandsUnder, findCommand, loadCommand, nearestCommand } from "./registry.ts";
import { usageError } from "./usage_error.ts";

/** Runs one command line. @returns the process's exit code; never throws. */
export async function main(argv: readonly string[], io: Io = systemIo()): Promise<number> {
  // Looked for by hand: the line may be one that cannot be read.
  const out = new Output(io, argv.includes("--json"));
  const interrupt = new AbortController();
  let commandStops = false;
  const stopListening = io.onInterrupt(() => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new FaztError("INTERRUPTED", "Interrupted"));
  });
  const interrupted = new Promise<never>((_, reject) => {
    interrupt.signal.addEventListener("abort", () => {
      if (!commandStops) reject(interrupt.signal.reason);
    });
  });
  // The race below hears it; before the race begins nobody needs to.
  interrupted.catch(() => {});
  try {
    const line = parseLine(argv);
    const found = await resolve(line, out);
    if (typeof found === "number") return found;
    const { command, rest } = found;
    checkFlags(command, line.flags);
    refusePeer(command, line);
    commandStops = command.stopsItself ?? false;
    const ctx = new Context({
      args: readArgs(command, rest, line.flags),
      flags: line.flags,
      peer: line.peer,
      io,
      out,
      prompt: new Prompt(io, out, line.flags.yes === true),
      signal: interrupt.signal,
    });
    return await Promise.race([command.run(ctx), interrupted]) ?? EXIT.ok;
  } catch (thrown) {
    return report(thrown, out, io);
  } finally {
    stopListening();
  }
}

/** The command a line names, or the exit code when the line only asked for help. */
async function resolve(
  line: CommandLine,
  out: Output,
): Promise<number | { command: AnyCommand; rest: readonly string[] }> {
  const { words, flags } = line;
  if (flags.version && words.length === 0) {
    return { command: await loadCommand("version"), rest: [] };
  }
  if (words.length === 0 && line.peer !== undefined && !flags.help) {
    return { command: await loadCommand("server status"), rest: [] };
  }
  if (words.length === 0) {
    out.lines(await overviewHelp());
    return EXIT.ok;
  }
  const found = findCommand(words);
  if (found === undefined) return await withoutCommand(words, flags.help === true, out);
  const command = await loadCommand(found.name);
  if (flags.help) {
    out.lines(commandHelp(command));
    return EXIT.ok;
  }
  return { command, rest: words.slice(found.words) };
}

/** Help for the first words of commands, or the error that names the nearest one. */
async function withoutCommand(words: readonly string[], help: boolean, out: Output) {
  if (commandsUnder(words).length > 0) {
    const lines = await groupHelp(words);
    if (help) out.lines(lines);
    else out.message(...lines);
    return help ? EXIT.ok : EXIT.usage;
  }
  const near = nearestCommand(words);
  const named = commandsUnder(words.slice(0, 2)).length > 0 ? 3 : 2;
  throw usageError(
    `There is no command "fazt ${words.slice(0, named).join(" ")}"`,
    near ? `did you mean fazt ${near}?` : "fazt help shows every command",
  );
}

/** A command that works here only is not silently run here when a peer was meant. */
function refusePeer({ name, local, flags }: AnyCommand, { peer, flags: given }: CommandLine): void {
  if (local === undefined || peer === undefined || peer === LOCAL) return;
  // Where a command has a --to of its own it names no peer.
  if (flags?.to !== undefined && given.to === peer) return;
  throw usageError(`Cannot run fazt ${name} on ${peer}: ${local}`, `fazt ${name} without @${peer}`);
}

/** Prints an error once; a reader that went away is the end of the work, not an error. */
function report(thrown: unknown, out: Output, io: Io): number {
  if (thrown instanceof Deno.errors.BrokenPipe) return EXIT.ok;
  const error = toCliError(thrown);
  try {
    if (error.code === "INTERRUPTED") out.message("interrupted");
    else if (out.json) out.message(JSON.stringify({ error: error.toBody() }));
    else out.message(...renderError(error, io.env.FAZT_DEBUG === "1"));
  } catch (broken) {
    if (!(broken instanceof Deno.errors.BrokenPipe)) throw broken;
  }
  return exitCodeOf(error);
}
