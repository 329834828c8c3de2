import { FaztError } from "../lib/fazt_error.ts";

/** How deep arrays and objects may lie in each other: whoever reads the data may recurse. */
const MAX_NESTING = 100;

/**
 * An event's data as JSON; nothing at all is null.
 * @throws {FaztError} `INVALID` for what is no JSON value, `TOO_LARGE` past `maxKb` KiB.
 */
export function encodeData(type: string, data: unknown, maxKb: number): string {
  const text = stringify(type, data);
  const max = maxKb * 1024;
  const used = text.length > max ? text.length : new TextEncoder().encode(text).length;
  if (used > max) {
    throw new FaztError("TOO_LARGE", `Cannot emit ${type}: its data may have ${max} bytes`, {
      hint: "keep the data in storage and send its key, or let the owner raise it: " +
        "fazt config set limits.events.kb <value>",
      details: { limit: "events.kb", used, max },
    });
  }
  if (nesting(text) > MAX_NESTING) {
    throw new FaztError("INVALID", `Cannot emit ${type}: its data is nested too deeply`, {
      hint: `at most ${MAX_NESTING} arrays and objects in each other`,
    });
  }
  return text;
}

function stringify(type: string, data: unknown): string {
  if (data === undefined) return "null";
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch { /* a cycle, a bigint, or nesting past the stack */ }
  if (text !== undefined) return text;
  throw new FaztError("INVALID", `Cannot emit ${type}: its data is not a JSON value`);
}

/** The deepest nesting in a JSON text, without parsing it. */
function nesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "[" || c === "{") deepest = Math.max(deepest, ++depth);
    else if (c === "]" || c === "}") depth--;
  }
  return deepest;
}
