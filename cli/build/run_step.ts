import { FaztError } from "../../kernel/lib/fazt_error.ts";
import { isCheckout } from "../program.ts";

/** Lines of a log that an error shows. */
const SHOWN_LINES = 40;
/** What is kept of a log, characters. */
const KEPT = 1_000_000;

/** A program that was run to its end. */
export interface Step {
  readonly command: readonly string[];
  /** The folder it runs in. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Told every line as it comes. */
  readonly onLine: (line: string) => void;
}

/**
 * Runs one step of a build; what it prints goes to `onLine` and nowhere else.
 * @throws {FaztError} `NO_PROGRAM`, or `BUILD_FAILED` with the end of what it printed.
 */
export async function runStep({ command, cwd, signal, onLine }: Step): Promise<void> {
  signal.throwIfAborted();
  const [program, ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(pathOf(program!), {
      args,
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new FaztError("NO_PROGRAM", `Cannot run ${command.join(" ")}: there is no ${program}`, {
      hint: `install ${program}, or build elsewhere and add --prebuilt DIR`,
      cause,
    });
  }
  const stop = () => {
    try {
      child.kill("SIGTERM");
    } catch { /* it has ended */ }
  };
  signal.addEventListener("abort", stop, { once: true });
  const lines: string[] = [];
  let kept = 0;
  const take = (line: string) => {
    onLine(line);
    if (kept > KEPT) kept -= lines.shift()!.length;
    lines.push(line);
    kept += line.length;
  };
  try {
    await Promise.all([eachLine(child.stdout, take), eachLine(child.stderr, take)]);
    const { code } = await child.status;
    signal.throwIfAborted();
    if (code === 0) return;
    const end = lines.filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
    throw new FaztError(
      "BUILD_FAILED",
      `Cannot build: ${command.join(" ")} ended with exit code ${code}`,
      {
        hint: `correct what it says above; to see all of it: cd ${cwd} && ${command.join(" ")}`,
        details: end,
        status: 422,
      },
    );
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A checkout runs on a Deno that need not be on the path. */
function pathOf(program: string): string {
  return program === "deno" && isCheckout() ? Deno.execPath() : program;
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n|\r/);
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}
