/** `node:querystring`, as its documentation describes it. */

/** What {@link stringify} accepts as a value. */
type Primitive = string | number | bigint | boolean | null | undefined;

/** Options of {@link parse}. */
interface ParseOptions {
  readonly decodeURIComponent?: (text: string) => string;
  /** Pairs read at most; 0 is no limit. */
  readonly maxKeys?: number;
}

/** Options of {@link stringify}. */
interface StringifyOptions {
  readonly encodeURIComponent?: (text: string) => string;
}

/** Percent-decodes; text that is not valid comes back with replacement characters. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = text.replace(/%(?![0-9a-f]{2})/gi, "%25");
    return new URLSearchParams(`k=${bytes.replaceAll("+", "%2B").replaceAll("&", "%26")}`)
      .get("k")!;
  }
}

/** Percent-encodes all but letters, digits and `-_.!~*'()`. */
function escape(text: unknown): string {
  return encodeURIComponent(String(text).toWellFormed());
}

/** Reads `a=1&a=2&b`: a repeated name becomes an array. The result has no prototype. */
function parse(
  text: string,
  separator = "&",
  equals = "=",
  options: ParseOptions = {},
): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = Object.create(null);
  if (typeof text !== "string" || text === "") return found;
  const decode = options.decodeURIComponent ?? unescape;
  const maxKeys = options.maxKeys ?? 1000;
  const pairs = text.split(separator);
  for (const pair of maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    if (pair === "") continue;
    const at = pair.indexOf(equals);
    const part = (raw: string): string => decode(raw.replaceAll("+", " "));
    const name = part(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : part(pair.slice(at + equals.length));
    const earlier = found[name];
    if (earlier === undefined) found[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else found[name] = [earlier, value];
  }
  return found;
}

/** Writes an object as `a=1&a=2&b=`. */
function stringify(
  value: Readonly<Record<string, Primitive | readonly Primitive[]>> | null | undefined,
  separator = "&",
  equals = "=",
  options: StringifyOptions = {},
): string {
  if (value === null || typeof value !== "object") return "";
  const encode = options.encodeURIComponent ?? escape;
  return Object.entries(value).flatMap(([name, one]) =>
    (Array.isArray(one) ? one as readonly Primitive[] : [one as Primitive])
      .map((item) => encode(name) + equals + encode(text(item)))
  ).join(separator);
}

function text(value: Primitive): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  return ["string", "bigint", "boolean"].includes(typeof value) ? String(value) : "";
}

const querystring = {
  decode: parse,
  encode: stringify,
  escape,
  parse,
  stringify,
  unescape,
};

export { escape, parse, parse as decode, stringify, stringify as encode, unescape };
export default querystring;
