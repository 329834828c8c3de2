import { FaztError } from "../lib/fazt_error.ts";

/** A pattern of event types, read. */
export interface EventPattern {
  /** Its one spelling. */
  readonly text: string;
  /** The leading segments: `app:<name>`, `app:*`, `system` or `*` first, then literals and `*`. */
  readonly fixed: readonly string[];
  /** Whether one or more segments follow, whatever they are. */
  readonly rest: boolean;
}

/** Longest pattern, and longest type on the bus, in characters. */
export const MAX_LENGTH = 200;
/** Most segments of a pattern or a type; bounds the work of one look-up. */
export const MAX_SEGMENTS = 16;

/** One segment of a type after the first. */
export const SEGMENT = "[a-z0-9_-]+";
const FORM = new RegExp(
  `^(?:(?:app:(?:[a-z0-9-]+|\\*)|system|\\*)(?:\\.(?:${SEGMENT}|\\*))*\\.(?:${SEGMENT}|\\*\\*?)` +
    `|app:\\*|\\*\\*?)$`,
);
const ANY = "*";
const ANY_APP = "app:*";

/** The pattern of a text, or undefined when it is none. */
export function readPattern(text: string): EventPattern | undefined {
  if (text.length > MAX_LENGTH || !FORM.test(text)) return undefined;
  const segments = text.split(".");
  if (segments.length > MAX_SEGMENTS) return undefined;
  // Every type has two segments, so these two have no other way to be read.
  if (segments.length === 1) segments.push(ANY);
  const last = segments.at(-1)!;
  const rest = last === ANY || last === "**";
  const fixed = rest ? segments.slice(0, -1) : segments;
  const short = rest && fixed.length === 1 && fixed[0]!.endsWith(ANY);
  return { text: [...fixed, ...(rest && !short ? [ANY] : [])].join("."), fixed, rest };
}

/** Whether `text` is a pattern of event types, such as `app:shop.order.*`. */
export function isEventPattern(text: string): boolean {
  return readPattern(text) !== undefined;
}

/**
 * Reads a pattern. One that begins with neither `app:`, `system` nor `*` is the app's own, as what
 * the app emits is: `order.*` of the app `shop` is `app:shop.order.*`.
 * @throws {FaztError} `INVALID`
 */
export function parsePattern(text: string, ownName?: string): EventPattern {
  const read = readPattern(text) ??
    (ownName === undefined || /^(?:app:|system(?:\.|$))/.test(text)
      ? undefined
      : readPattern(`app:${ownName}.${text}`));
  if (read) return read;
  throw new FaztError("INVALID", `Cannot use "${text.slice(0, 80)}" as a pattern of events`, {
    hint: 'write lower-case segments: "app:shop.order.*", "app:*.order.completed" or "system.*"',
  });
}

/** Whether the pattern takes in a type that is on the bus. */
export function matchesType(pattern: EventPattern, type: string): boolean {
  const segments = type.split(".");
  const { fixed, rest } = pattern;
  if (rest ? segments.length <= fixed.length : segments.length !== fixed.length) return false;
  return fixed.every((segment, i) => takes(segment, segments[i]!));
}

/** Whether everything the second matches is matched by the first too. */
export function covers(first: EventPattern, second: EventPattern): boolean {
  const [a, b] = [first.fixed.length, second.fixed.length];
  if (!first.rest) {
    if (second.rest || a !== b) return false;
  } else if (second.rest ? b < a : b <= a) {
    return false;
  }
  return first.fixed.every((segment, i) => takes(segment, second.fixed[i]!));
}

/** Whether one segment of a pattern takes in a segment of a type or of another pattern. */
function takes(segment: string, other: string): boolean {
  return segment === ANY || segment === other || (segment === ANY_APP && other.startsWith("app:"));
}
