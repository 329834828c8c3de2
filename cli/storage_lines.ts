import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Io } from "./io.ts";
import type { Line } from "./output.ts";
import { readText } from "./read_text.ts";
import { usageError } from "./usage_error.ts";

const UTF8 = "send JSON in UTF-8";

/** A JSON value as typed, of a file with `@FILE`, of stdin with `@-`. @throws {FaztError} `USAGE`. */
export async function readJsonText(typed: string, io: Io): Promise<unknown> {
  const text = await readText(typed, io, UTF8);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FaztError("USAGE", `Cannot read ${shown(typed)}: it is not JSON`, {
      hint: `quote it for the shell, such as '{"name": "Ada"}', or write @FILE`,
      cause,
    });
  }
}

/** A value that is JSON where it looks like it, else the text itself. */
export async function readValue(typed: string, io: Io): Promise<unknown> {
  const text = await readText(typed, io, UTF8);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An object as typed. @throws {FaztError} `USAGE`. */
export async function readObject(typed: string, io: Io): Promise<Record<string, unknown>> {
  const value = await readJsonText(typed, io);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw usageError(`Cannot use ${shown(typed)}: it is not an object`, `write {"name": "Ada"}`);
}

const shown = (typed: string) => `"${typed.length > 60 ? `${typed.slice(0, 60)}…` : typed}"`;

/** One value per line, as JSON. */
export function jsonLines(values: readonly unknown[]): Line[] {
  return values.map((value) => JSON.stringify(value));
}
