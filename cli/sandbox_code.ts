import type { Io } from "./io.ts";
import { readText } from "./read_text.ts";
import { usageError } from "./usage_error.ts";

const HINT = "name a file, - for stdin, or write the code: -e 'return 1'";

/** The code a command is to run: of a file, of stdin as `-`, or typed. @throws {FaztError} `USAGE` */
export async function readCode(
  file: string | undefined,
  typed: string | undefined,
  io: Io,
): Promise<string> {
  if (typed !== undefined) {
    if (file === undefined) return typed;
    throw usageError(`Cannot run both ${file} and --eval`, HINT);
  }
  if (file === undefined) throw usageError("Which code?", HINT);
  return await readText(`@${file}`, io, "code is text in UTF-8");
}
