import type { Message } from "esbuild-wasm/esm/browser.js";
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
  const faults = errors?.filter((message) => message.detail !== undefined) ?? [];
  if (errors?.length && faults.length === 0) {
    return { kind: "problems", problems: errors.slice(0, MOST).map(toProblem) };
  }
  const fault = faults[0]?.detail ?? thrown;
  return { kind: "fault", trace: String((fault as Error)?.stack ?? fault) };
}

/** One of esbuild's messages in our own terms. */
export function toProblem({ text, location }: Message): Problem {
  if (location === null) return { message: text };
  // The column is a number of UTF-8 bytes.
  const before = new TextEncoder().encode(location.lineText).subarray(0, location.column);
  return {
    message: text,
    file: location.file.replace(/^[a-z]+:/, ""),
    line: location.line,
    column: new TextDecoder().decode(before).length + 1,
  };
}
