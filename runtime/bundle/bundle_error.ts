import { FaztError } from "../../kernel/lib/fazt_error.ts";
import { JobFailure } from "./bundle_worker.ts";
import type { Problem } from "./protocol.ts";

/** Input that needs more stack or memory than the bundler may take. */
const CRASH: Problem = { message: "the code is too large or nested too deeply to be built" };

/** What a person is told when the build of `entry` failed. */
export function bundleError(thrown: unknown, entry: string, maxBytes: number): FaztError {
  if (thrown instanceof FaztError) return thrown;
  if (!(thrown instanceof JobFailure) || thrown.failure.kind === "fault") {
    return new FaztError("INTERNAL", `Cannot build ${entry}: the bundler failed`, {
      status: 500,
      hint: "try again; if it fails again, the node's log has the reason",
      cause: thrown,
    });
  }
  if (thrown.failure.kind === "tooLarge") return tooLarge(entry, thrown.failure.bytes, maxBytes);
  return problems(entry, thrown.failure.kind === "crash" ? [CRASH] : thrown.failure.problems);
}

/** `TOO_LARGE` for a module past the owner's cap. */
function tooLarge(entry: string, bytes: number, maxBytes: number): FaztError {
  const message = `Cannot build ${entry}: its code is ${bytes} bytes, the limit is ${maxBytes}`;
  return new FaztError("TOO_LARGE", message, {
    hint: "import less, or raise it: fazt config set limits.runtime.moduleMb <MB>",
    details: { limit: "runtime.moduleMb", used: bytes, max: maxBytes },
  });
}

/** `BUNDLE_FAILED` with the first problem in its message and all of them in its details. */
export function problems(entry: string, all: readonly Problem[]): FaztError {
  const first = all[0] ?? { message: "unknown problem" };
  const place = first.line === undefined ? "" : ` (${first.file}:${first.line}:${first.column})`;
  const more = all.length > 1 ? `, and ${all.length - 1} more` : "";
  return new FaztError("BUNDLE_FAILED", `Cannot build ${entry}: ${first.message}${place}${more}`, {
    status: 422,
    hint: "correct the code and deploy again; the revision before keeps serving",
    details: all,
  });
}
