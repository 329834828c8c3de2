import { FaztError } from "../kernel/lib/fazt_error.ts";
import { nearest } from "../kernel/lib/nearest.ts";
import type { CronInfo } from "./api_types.ts";
import { usageError } from "./usage_error.ts";

/**
 * The cron entry that was typed: its number or its handler; the only one when nothing was.
 * @throws {FaztError} `NOT_FOUND` when there is none, `USAGE` when several fit.
 */
export function cronEntry(entries: readonly CronInfo[], typed: string | undefined): CronInfo {
  if (entries.length === 0) {
    throw new FaztError("NOT_FOUND", "The app has no cron entries", {
      hint: "they stand under cron in its app.json",
    });
  }
  const found = typed === undefined
    ? entries
    : entries.filter(({ n, handler }) => String(n) === typed || handler === typed);
  if (found.length === 1) return found[0]!;
  const numbers = entries.map(({ n, handler }) => `${n} (${handler})`).join(", ");
  if (typed === undefined || found.length > 1) {
    throw usageError("Several cron entries fit: name one by its number", `there are ${numbers}`);
  }
  const near = nearest(typed, entries.map(({ handler }) => handler));
  throw new FaztError("NOT_FOUND", `There is no cron entry "${typed}"`, {
    hint: near === undefined ? `there are ${numbers}` : `did you mean ${near}?`,
  });
}
