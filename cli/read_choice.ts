import { usageError } from "./usage_error.ts";

/** One of a few words as typed; undefined stays so. @throws {FaztError} `USAGE` naming them. */
export function readChoice<const T extends string>(
  text: string | undefined,
  { of, what }: { readonly of: readonly T[]; readonly what: string },
): T | undefined {
  if (text === undefined || (of as readonly string[]).includes(text)) return text as T | undefined;
  throw usageError(`There is no ${what} "${text}"`, `use one of ${of.join(", ")}`);
}
