import { FaztError } from "../kernel/lib/fazt_error.ts";
import type { Line } from "./output.ts";

/** Details shown of one error at most; `--json` shows all. */
const MAX_DETAILS = 20;

/** Any thrown value as an error for a person at a terminal. */
export function toCliError(thrown: unknown): FaztError {
  if (thrown instanceof FaztError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const system = systemError(error);
  if (system) return system;
  return new FaztError("INTERNAL", `Something went wrong inside fazt: ${error.message}`, {
    hint: "run it again with FAZT_DEBUG=1 to see where",
    cause: error,
  });
}

function systemError(error: Error): FaztError | undefined {
  const options = { cause: error, hint: "look at the path and who owns it, then try again" };
  if (error instanceof Deno.errors.NotFound) {
    return new FaztError("NOT_FOUND", `Cannot find a file: ${error.message}`, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new FaztError("NO_ACCESS", `Cannot use a file: ${error.message}`, options);
  }
  return undefined;
}

/** What stderr shows of an error: no stack unless asked for. */
export function renderError(error: FaztError, debug: boolean): Line[] {
  const lines: Line[] = [[{ text: "error: ", style: "red" }, error.message]];
  lines.push(...detailLines(error.details));
  if (error.hint !== undefined) lines.push([{ text: "hint: ", style: "yellow" }, error.hint]);
  if (debug) {
    lines.push(`code: ${error.code}`);
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      lines.push(...(at.stack ?? at.message).split("\n").map((text): Line => `  ${text}`));
    }
  }
  return lines;
}

/** `[{path, message}]` and `[{message, file, line, column}]` as a list. */
function detailLines(details: unknown): Line[] {
  if (!Array.isArray(details)) return [];
  const lines = details.slice(0, MAX_DETAILS).map(detailLine).filter((line) => line !== undefined);
  if (details.length > MAX_DETAILS) lines.push(`  … and ${details.length - MAX_DETAILS} more`);
  return lines;
}

function detailLine(detail: unknown): Line | undefined {
  if (typeof detail === "string") return `  ${detail}`;
  if (detail === null || typeof detail !== "object") return undefined;
  const { path, message, file, line, column } = detail as Record<string, unknown>;
  const place = file === undefined ? path : [file, line, column].filter(isSaid).join(":");
  const text = [place, message].filter(isSaid).map(String).filter((part) => part !== "");
  return text.length === 0 ? undefined : `  ${text.join(": ")}`;
}

function isSaid(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}
