import type { FaztError } from "../kernel/lib/fazt_error.ts";

/** What the process's exit code says. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  unreachable: 5,
  /** 128 + SIGINT, the shell's custom. */
  interrupted: 130,
} as const;

/** The exit code of an error. */
export function exitCodeOf(error: FaztError): number {
  if (error.code === "USAGE") return EXIT.usage;
  if (error.code === "UNREACHABLE") return EXIT.unreachable;
  if (error.code === "INTERRUPTED") return EXIT.interrupted;
  if (error.status === 404) return EXIT.notFound;
  if (error.status === 401 || error.status === 403) return EXIT.notAllowed;
  return EXIT.failed;
}
