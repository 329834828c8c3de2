import { FaztError } from "../lib/fazt_error.ts";
import type { SandboxFailure, SandboxLine } from "../proc/mod.ts";

/** Every way by which code gives no value. */
export type SandboxCode =
  | SandboxFailure["code"]
  | "SANDBOX_SIZE"
  | "SANDBOX_BUSY"
  | "SANDBOX_PERMISSION";

const STATUS: Readonly<Record<SandboxCode, number>> = {
  SANDBOX_SYNTAX: 422,
  SANDBOX_ERROR: 422,
  SANDBOX_TIMEOUT: 422,
  SANDBOX_MEMORY: 422,
  SANDBOX_OUTPUT: 422,
  SANDBOX_SIZE: 413,
  SANDBOX_PERMISSION: 403,
  SANDBOX_BUSY: 503,
};
const HINTS: Partial<Record<SandboxCode, string>> = {
  SANDBOX_TIMEOUT: "give it more time with timeout (60 s at most), or less to do",
  SANDBOX_MEMORY: "give it more with memoryMb (256 at most), or less to hold",
  SANDBOX_OUTPUT: "return less, or: fazt config set limits.sandbox.outputMb <value>",
};

/** An error of a sandbox: why the code did not run. */
export function sandboxError(
  code: SandboxCode,
  why: string,
  { hint = HINTS[code], details }: { readonly hint?: string; readonly details?: object } = {},
): FaztError {
  return new FaztError(code, `Cannot run the code: ${why}`, {
    status: STATUS[code],
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

/** The error of code that ran and failed: with its place, and what it wrote before. */
export function failureError(failure: SandboxFailure, logs: readonly SandboxLine[]): FaztError {
  const { code, message, line, column, stack } = failure;
  const place = line === undefined ? "" : ` (line ${line}, column ${column})`;
  const details = { reason: message, line, column, stack, logs };
  return sandboxError(code, `${message}${place}`, { details: defined(details) });
}

function defined(details: object): object {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
