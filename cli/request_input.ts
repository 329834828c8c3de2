import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "./io.ts";
import { usageError } from "./usage_error.ts";

/** A header as typed, `NAME:VALUE`. @throws {FaztError} `USAGE`. */
export function readHeader(text: string): [string, string] {
  const at = text.indexOf(":");
  if (at < 1) throw usageError(`Cannot read the header "${text}"`, "write -H NAME:VALUE");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** What to send, and how else a body of bytes gets there. */
export interface BodyInput {
  /** The text itself, `@FILE`, or `@-` for stdin. */
  readonly data: string;
  /** What to do about a body that is no text. */
  readonly hint: string;
}

/** The text of a body. @throws {FaztError} `USAGE` when it is not UTF-8. */
export async function readBody({ data, hint }: BodyInput, io: Io): Promise<string> {
  if (!data.startsWith("@")) return data;
  const bytes = data === "@-"
    ? await io.stdin.readAll()
    : await readFile(resolve(io.cwd, data.slice(1)));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`Cannot send ${data.slice(1)}: it is not UTF-8 text`, hint);
  }
}
