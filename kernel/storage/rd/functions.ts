import { FaztError } from "../../lib/fazt_error.ts";
import type { SqlFunction } from "../../db/mod.ts";

/**
 * The functions of SQLite an app may call. What is missing takes longer than its arguments are
 * long (`json_patch`, `unhex`), makes something from nothing (`zeroblob`, `randomblob`) or tells
 * of the connection.
 */
export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set(
  ("abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood " +
    "likely lower ltrim max min nullif octet_length printf quote random replace round rtrim sign " +
    "substr substring trim typeof unicode unlikely upper " +
    "date time datetime julianday unixepoch strftime timediff current_date current_time " +
    "current_timestamp " +
    "avg count group_concat string_agg sum total median " +
    "json json_array json_array_length json_extract json_insert json_object json_pretty " +
    "json_quote json_remove json_replace json_set json_type json_valid json_group_array " +
    "json_group_object -> ->> " +
    "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value " +
    "nth_value").split(" "),
);

/** Characters compared at most by one call: about a third of a second. */
const MAX_STEPS = 100_000_000;
/** The longest text a function makes, as long as the longest row. */
const MAX_TEXT = 1_048_576;

/** Functions of SQLite's that could compare for hours, done again with bounds. */
export function boundedFunctions(check: () => void): Record<string, SqlFunction[]> {
  const bounded = (a: number, b: number) => {
    check();
    if (a * b > MAX_STEPS) throw tooMuch("there is too much text to compare");
  };
  const like = (pattern: unknown, value: unknown, escape?: unknown) => {
    const p = textOf(pattern);
    const t = textOf(value);
    if (p === undefined || t === undefined) return null;
    bounded(p.length, t.length);
    if (escape === null) return null;
    return matchLike(p, t, escape === undefined ? undefined : textOf(escape)) ? 1n : 0n;
  };
  const trim = (left: boolean, right: boolean) => (value: unknown, chars: unknown) => {
    const t = textOf(value);
    const c = textOf(chars);
    if (t === undefined || c === undefined) return null;
    bounded(1, t.length + c.length);
    const set = new Set(c);
    const points = [...t];
    let start = 0;
    let end = points.length;
    if (left) { while (start < end && set.has(points[start]!)) start++; }
    if (right) { while (end > start && set.has(points[end - 1]!)) end--; }
    return points.slice(start, end).join("");
  };
  return {
    like: [(p, t) => like(p, t), (p, t, e) => like(p, t, e)],
    glob: [(pattern, value) => {
      const p = textOf(pattern);
      const t = textOf(value);
      if (p === undefined || t === undefined) return null;
      bounded(p.length, t.length);
      return matchGlob(p, t) ? 1n : 0n;
    }],
    instr: [(value, part) => {
      const t = textOf(value);
      const p = textOf(part);
      if (t === undefined || p === undefined) return null;
      bounded(p.length, t.length);
      const at = t.indexOf(p);
      return at < 0 ? 0n : BigInt([...t.slice(0, at)].length + 1);
    }],
    replace: [(value, from, to) => {
      const t = textOf(value);
      const f = textOf(from);
      const r = textOf(to);
      if (t === undefined || f === undefined) return null;
      if (f === "") return t;
      if (r === undefined) return null;
      bounded(f.length, t.length);
      const parts = t.split(f);
      if (t.length + (parts.length - 1) * (r.length - f.length) > MAX_TEXT) {
        throw tooMuch("a text in it is too long");
      }
      return parts.join(r);
    }],
    trim: [(t, c) => trim(true, true)(t, c)],
    ltrim: [(t, c) => trim(true, false)(t, c)],
    rtrim: [(t, c) => trim(false, true)(t, c)],
  };
}

function tooMuch(why: string): FaztError {
  return new FaztError("TOO_LARGE", `Cannot run this statement: ${why}`);
}

/** A value as SQLite writes it as text; undefined for null. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value === "number" && Number.isInteger(value)) return value.toFixed(1);
  return String(value);
}

const fold = (code: number) => code >= 65 && code <= 90 ? code + 32 : code;
const width = (text: string, at: number) => (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;

/** One part of a pattern: any text, any character, or a test of one character. */
type Part = "many" | "one" | ((code: number) => boolean);

function matchLike(pattern: string, text: string, escape: string | undefined): boolean {
  const parts: Part[] = [];
  const points = [...pattern];
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    if (point === escape) {
      const next = points[++i];
      if (next === undefined) return false;
      parts.push(equals(next, true));
    } else parts.push(point === "%" ? "many" : point === "_" ? "one" : equals(point, true));
  }
  return matches(parts, text);
}

function matchGlob(pattern: string, text: string): boolean {
  const parts: Part[] = [];
  const points = [...pattern];
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    if (point === "*") parts.push("many");
    else if (point === "?") parts.push("one");
    else if (point === "[") {
      const set = readSet(points, i + 1);
      if (set === undefined) return false;
      parts.push(set.test);
      i = set.end;
    } else parts.push(equals(point, false));
  }
  return matches(parts, text);
}

function equals(point: string, folded: boolean): Part {
  const code = point.codePointAt(0)!;
  if (!folded) return (other) => other === code;
  const wanted = fold(code);
  return (other) => fold(other) === wanted;
}

/** `[a-z]`, `[^abc]`, `[]]` from the place after its bracket. */
function readSet(
  points: readonly string[],
  start: number,
): { test: Part; end: number } | undefined {
  let i = start;
  const negated = points[i] === "^";
  if (negated) i++;
  const ranges: [number, number][] = [];
  for (let first = true; i < points.length; i++, first = false) {
    if (points[i] === "]" && !first) {
      const test = (code: number) => ranges.some(([a, b]) => code >= a && code <= b) !== negated;
      return { test, end: i };
    }
    const from = points[i]!.codePointAt(0)!;
    if (points[i + 1] === "-" && points[i + 2] !== undefined && points[i + 2] !== "]") {
      ranges.push([from, points[i + 2]!.codePointAt(0)!]);
      i += 2;
    } else ranges.push([from, from]);
  }
  return undefined;
}

/** Goes back to the last `many` only: at most the length of both multiplied. */
function matches(parts: readonly Part[], text: string): boolean {
  let part = 0;
  let at = 0;
  let many = -1;
  let from = 0;
  while (at < text.length) {
    const test = parts[part];
    if (test === "many") {
      many = part++;
      from = at;
    } else if (test === "one" || (test !== undefined && test(text.codePointAt(at)!))) {
      part++;
      at += width(text, at);
    } else if (many >= 0) {
      part = many + 1;
      from += width(text, from);
      at = from;
    } else return false;
  }
  while (parts[part] === "many") part++;
  return part === parts.length;
}
