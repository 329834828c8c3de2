import { nearest } from "../lib/nearest.ts";
import { z } from "../lib/zod.ts";

/** An object whose unknown keys are errors that name the nearest known one, one line a key. */
export function strictObject<S extends z.core.$ZodShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? (issue.keys as string[]).map((key) => unknownKey(key, known)).join("\n")
        : issue.input === undefined
        ? "is missing"
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const shown = JSON.stringify(key.slice(0, 60));
  return near
    ? `unknown key ${shown}, did you mean "${near}"?`
    : `unknown key ${shown}, known are ${known.join(", ")}`;
}
