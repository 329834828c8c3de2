import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "./io.ts";
import { usageError } from "./usage_error.ts";

/**
 * What a flag such as `--data` says: the text itself, or with `@FILE` that of a file, with `@-`
 * that of stdin. @throws {FaztError} `USAGE` with `hint` for bytes that are not UTF-8.
 */
export async function readText(typed: string, io: Io, hint: string): Promise<string> {
  if (!typed.startsWith("@")) return typed;
  const bytes = typed === "@-"
    ? await io.stdin.readAll()
    : await readFile(resolve(io.cwd, typed.slice(1)));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`Cannot send ${typed.slice(1)}: it is not UTF-8 text`, hint);
  }
}
