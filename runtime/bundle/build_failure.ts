import type { Message } from "esbuild-wasm/esm/browser.js";
import { unknownModule } from "./app_plugin.ts";
import type { Failure, Problem } from "./protocol.ts";

/** Problems told at most; the rest of a broken file adds nothing. */
const MOST = 20;

/** A build that failed for a reason its author can be told. */
export class BuildFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind);
  }
}

/** Throws away the build because of one problem. */
export function refuse(problem: Problem): never {
  throw new BuildFailure({ kind: "problems", problems: [problem] });
}

/** Whatever was thrown in a build, as something that can be sent. */
export function toFailure(thrown: unknown): Failure {
  const errors = (thrown as { errors?: readonly Message[] } | null)?.errors;
  // What a plugin of ours threw is a fault of ours, not of the app.
  const fault = errors?.find((message) => message.detail !== undefined)?.detail ?? thrown;
  if (errors?.length && fault === thrown) {
    const problems = errors.map(toProblem).filter(({ message }) => !GLOB.test(message));
    return { kind: "problems", problems: problems.slice(0, MOST) };
  }
  const trace = String((fault as Error)?.stack ?? fault);
  return TOO_MUCH.test(trace) ? { kind: "crash" } : { kind: "fault", trace };
}

/** What esbuild says beside its error when it looks for the files a pattern names. */
const GLOB = /^Cannot read directory/;

/** How it looks when input brings esbuild itself down. */
const TOO_MUCH = /Maximum call stack|out of memory|unreachable|exit code|service (was|is no)/i;

/** One of esbuild's messages in our own terms. */
export function toProblem({ text, location }: Message): Problem {
  if (location === null) return { message: plain(text) };
  // The column is a number of UTF-8 bytes.
  const before = new TextEncoder().encode(location.lineText).subarray(0, location.column);
  return {
    message: plain(text),
    file: location.file.replace(/^[a-z]+:/, ""),
    line: location.line,
    column: new TextDecoder().decode(before).length + 1,
  };
}

/** esbuild takes `require("./" + name)` for a search in folders, which there are none of. */
function plain(text: string): string {
  const missing = /^Could not resolve "([^"*]+)"$/.exec(text);
  if (missing !== null) return unknownModule(missing[1]!);
  const pattern = /^Could not resolve (\w+)\(".*\*.*"\)$/.exec(text);
  return pattern === null
    ? text
    : `the target of this ${pattern[1]}() must be written out: it is looked up at deploy time`;
}
