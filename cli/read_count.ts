import { usageError } from "./usage_error.ts";

/** A whole number from 1 to 2^31 as typed; undefined stays so. @throws {FaztError} `USAGE`. */
export function readCount(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const n = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (n >= 1 && n <= 2 ** 31) return n;
  throw usageError(`Cannot use "${text}" as ${what}`, "write a whole number from 1");
}
