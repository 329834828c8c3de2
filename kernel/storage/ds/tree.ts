import { FaztError } from "../../lib/fazt_error.ts";

/**
 * A stored value as JSON: what the value codec writes, so that dates are `{"$date": ms}`, bytes
 * `{"$bytes": base64}`, and objects that look like one of these are wrapped in `{"$plain": …}`.
 * Documents are read and compared in this form and never decoded.
 */
export type Tree =
  | null
  | boolean
  | number
  | string
  | readonly Tree[]
  | TreeObject;

/** A JSON object whose own properties are its fields, one named `__proto__` included. */
export interface TreeObject {
  readonly [key: string]: Tree;
}

/** The kinds of values, in the order in which they sort. */
export const KINDS = [
  "null",
  "number",
  "text",
  "boolean",
  "date",
  "bytes",
  "object",
  "array",
] as const;
/** See {@link KINDS}. */
export type Kind = typeof KINDS[number];

/** Levels a value may have, as the value codec counts them. */
const MAX_DEPTH = 100;
/** The longest name of a field, UTF-16 units. */
const MAX_NAME = 1024;
/** ECMA-262: the time values a Date can have. */
const MAX_TIME = 8.64e15;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const onlyKey = (value: object): string | undefined => {
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
};

/** Which kind of value this is. */
export function kindOf(value: Tree): Kind {
  if (value === null) return "null";
  if (typeof value === "number") return "number";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  if (Array.isArray(value)) return "array";
  const object = value as TreeObject;
  const only = onlyKey(object);
  if (only === "$date" && typeof object.$date === "number") return "date";
  if (only === "$bytes" && typeof object.$bytes === "string") return "bytes";
  return "object";
}

/** The fields of an object, out of its wrapping where it has one. */
export function fieldsOf(object: TreeObject): TreeObject {
  if (onlyKey(object) !== "$plain") return object;
  const plain = object.$plain;
  return typeof plain === "object" && plain !== null && !Array.isArray(plain)
    ? plain as TreeObject
    : object;
}

/** The object or array a value is; undefined for every other. */
export function containerOf(value: Tree | undefined): TreeObject | readonly Tree[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return value;
  return kindOf(value) === "object" ? fieldsOf(value as TreeObject) : undefined;
}

/** A field of an object: its own or none. */
export function field(object: TreeObject, name: string): Tree | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** An object with these fields; a name such as `__proto__` is one like every other. */
export function objectOf(entries: Iterable<readonly [string, Tree]>): TreeObject {
  return Object.fromEntries(entries);
}

/** The same object where it needs no wrapping to be told from a date or bytes. */
export function wrapped(object: TreeObject): TreeObject {
  const only = onlyKey(object);
  return only === "$date" || only === "$bytes" || only === "$plain" ? { $plain: object } : object;
}

/**
 * Checks what JSON alone does not say.
 * @throws {FaztError} `INVALID` naming the place.
 */
export function checkTree(value: Tree, what: string): void {
  check(value, what, { path: "", depth: 0 });
}

/** Whether two values are equal; the order of fields does not matter, that of items does. */
export function equal(a: Tree, b: Tree): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  if (kind === "array") {
    const [x, y] = [a as readonly Tree[], b as readonly Tree[]];
    return x.length === y.length && x.every((item, i) => equal(item, y[i]!));
  }
  const [x, y] = [fieldsOf(a as TreeObject), fieldsOf(b as TreeObject)];
  const keys = Object.keys(x);
  return keys.length === Object.keys(y).length &&
    keys.every((key) => Object.hasOwn(y, key) && equal(x[key]!, y[key]!));
}

/** The order of all values: first by {@link KINDS}, then within the kind; 0 for equal ones. */
export function compare(a: Tree, b: Tree): number {
  const [ka, kb] = [kindOf(a), kindOf(b)];
  if (ka !== kb) return KINDS.indexOf(ka) - KINDS.indexOf(kb);
  switch (ka) {
    case "null":
      return 0;
    case "number":
    case "boolean":
      return Number(a) - Number(b);
    case "text":
      return compareText(a as string, b as string);
    case "date":
      return (a as { $date: number }).$date - (b as { $date: number }).$date;
    case "bytes":
      return compareBytes(bytesOf(a as TreeObject), bytesOf(b as TreeObject));
    case "array":
      return compareLists(a as readonly Tree[], b as readonly Tree[]);
    case "object": {
      const [x, y] = [a, b].map((o) =>
        Object.entries(fieldsOf(o as TreeObject))
          .sort(([p], [q]) => compareText(p, q)).flatMap(([key, value]) => [key, value])
      );
      return compareLists(x!, y!);
    }
  }
}

/** UTF-8 order, which is that of code points and that of SQLite. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return weight(a, i) - weight(b, i);
  }
  return a.length - b.length;
}

/** A unit's place in the order: halves of a pair stand for a code point beyond all others. */
function weight(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  const high = (at: number) => text.charCodeAt(at) >> 10 === 0x36;
  const low = (at: number) => text.charCodeAt(at) >> 10 === 0x37;
  return high(i) && low(i + 1) || low(i) && high(i - 1) ? 0x10000 + unit : unit;
}

const bytesOf = (tree: TreeObject) => Uint8Array.fromBase64(tree.$bytes as string);

/** The order of bytes, the shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function compareLists(a: readonly Tree[], b: readonly Tree[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * The value a text of JSON holds.
 * @throws {FaztError} `INVALID` naming the place, for what no app could have stored: JSON may
 * come from outside.
 */
export function parseTree(text: string, what: string): Tree {
  let value: Tree;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FaztError("INVALID", `Cannot read ${what}: it is not JSON`);
  }
  checkTree(value, what);
  return value;
}

function check(
  value: Tree,
  what: string,
  at: { readonly path: string; readonly depth: number },
): void {
  const refuse = (why: string): never => {
    const place = at.path === "" ? "" : ` at "${at.path.slice(0, 200)}"`;
    throw new FaztError("INVALID", `Cannot use ${what}${place}: ${why}`);
  };
  if (typeof value === "number" && !Number.isFinite(value)) refuse("it is no finite number");
  if (typeof value !== "object" || value === null) return;
  if (at.depth > MAX_DEPTH) refuse(`more than ${MAX_DEPTH} levels`);
  const below = (key: string | number) => ({
    path: at.path === "" ? String(key) : `${at.path}.${key}`,
    depth: at.depth + 1,
  });
  if (Array.isArray(value)) {
    return value.forEach((item, i) => check(item, what, below(i)));
  }
  const kind = kindOf(value);
  if (kind === "date") {
    const { $date } = value as { $date: number };
    if (!Number.isInteger($date) || Math.abs($date) > MAX_TIME) refuse("it is no valid date");
  } else if (kind === "bytes") {
    if (!BASE64.test((value as { $bytes: string }).$bytes)) refuse("its bytes are not base64");
  } else {
    const fields = fieldsOf(value as TreeObject);
    // Other wrapping than the codec's own would hide fields from indexes.
    if (fields !== value && wrapped(fields) === fields) {
      refuse("$plain stands for objects with the one field $date, $bytes or $plain");
    }
    for (const [key, item] of Object.entries(fields)) {
      if (key.length > MAX_NAME) refuse(`a name of a field has more than ${MAX_NAME} characters`);
      check(item, what, below(key));
    }
  }
}
