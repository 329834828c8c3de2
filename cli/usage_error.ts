import { FaztError } from "../kernel/lib/fazt_error.ts";

/** A mistake in the command line itself (exit code 2). */
export function usageError(message: string, hint: string): FaztError {
  return new FaztError("USAGE", message, { hint });
}
