/** `fazt.json`: one value, or several, out of JSON by a path. */

import { failure } from "./failure.ts";

/** Parts of a path: a key, an index, or `*` for every element. */
type Part = { readonly key: string } | "*";

/**
 * What lies at a path of JSON: `a.b`, `list[0]`, `list.0`, `["a key"]`, and `*` for every element,
 * which makes the result a list: `orders.*.id`. Only data is reached, never what objects inherit.
 * @param data a value, or its JSON text
 * @param path text, or its keys one by one; a leading `$` means the same
 * @returns undefined where there is nothing
 */
export function get(data: unknown, path: string | readonly (string | number)[]): unknown {
  const root = typeof data === "string" ? parse(data) : data;
  const parts = typeof path === "string"
    ? partsOf(path)
    : path.map((key): Part => ({ key: String(key) }));
  let values = [root];
  for (const part of parts) {
    values = part === "*" ? values.flatMap(elements) : values.flatMap((value) => at(value, part));
  }
  return parts.includes("*") ? values : values[0];
}

function at(value: unknown, { key }: { readonly key: string }): unknown[] {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
  const found = (value as Record<string, unknown>)[key];
  return found === undefined ? [] : [found];
}

function elements(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

/** One step of a path; the dot before the first may be left out. */
const STEP =
  /\.?(?:([^.[\]"'*]+)|(\*))|\[(?:(\d+)|(\*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\]/y;

function partsOf(path: string): Part[] {
  const parts: Part[] = [];
  STEP.lastIndex = path.startsWith("$") ? 1 : 0;
  while (STEP.lastIndex < path.length) {
    const from = STEP.lastIndex;
    const step = STEP.exec(path);
    if (step === null) {
      throw failure("PATH_INVALID", `Cannot read the path "${path}": at character ${from + 1}`);
    }
    const [, name, star, index, starIndex, double, single] = step;
    const quoted = (double ?? single)?.replace(/\\(.)/gs, "$1");
    parts.push(star || starIndex ? "*" : { key: name ?? index ?? quoted! });
  }
  return parts;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failure("JSON_INVALID", `Cannot read JSON: ${(error as Error).message}`);
  }
}
