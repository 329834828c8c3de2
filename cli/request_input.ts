import { usageError } from "./usage_error.ts";

/** A header as typed, `NAME:VALUE`. @throws {FaztError} `USAGE`. */
export function readHeader(text: string): [string, string] {
  const at = text.indexOf(":");
  if (at < 1) throw usageError(`Cannot read the header "${text}"`, "write -H NAME:VALUE");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}
