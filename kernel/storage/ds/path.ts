import { FaztError } from "../../lib/fazt_error.ts";
import { containerOf, field, type Tree, type TreeObject } from "./tree.ts";

/** A dotted path, such as `address.city` or `items.0.sku`, by its names. */
export type Path = readonly string[];

/** The longest path as text, UTF-16 units. */
const MAX_PATH = 1024;
/** More names than any value has levels. */
const MAX_NAMES = 100;
const POSITION = /^(?:0|[1-9]\d{0,6})$/;

/** Reads a dotted path. @throws {FaztError} `INVALID`. */
export function parsePath(text: string): Path {
  const path = text.length > MAX_PATH ? [] : text.split(".");
  if (path.length > 0 && path.length <= MAX_NAMES && !path.includes("")) return path;
  throw new FaztError("INVALID", `Cannot use the path ${quoted(text)}: ${whyNot(text)}`, {
    hint: "a path is names with dots between them, such as address.city",
  });
}

function whyNot(text: string): string {
  if (text === "") return "it is empty";
  if (text.length > MAX_PATH) return `it has more than ${MAX_PATH} characters`;
  return text.split(".").includes("")
    ? "a name in it is empty"
    : `it has more than ${MAX_NAMES} names`;
}

/** A path or name as an error shows it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** The place a name stands for in an array, if it is one. */
export function positionOf(name: string): number | undefined {
  return POSITION.test(name) ? Number(name) : undefined;
}

/**
 * Every value a path leads to. Arrays on the way are entered: by place where the name is a
 * number, and into each of the objects they hold. The last value itself is not entered.
 */
export function valuesAt(root: Tree, path: Path): Tree[] {
  const found: Tree[] = [];
  collect(root, path, 0, found);
  return found;
}

function collect(value: Tree, path: Path, at: number, found: Tree[]): void {
  if (at === path.length) {
    found.push(value);
    return;
  }
  const container = containerOf(value);
  if (container === undefined) return;
  const name = path[at]!;
  if (!Array.isArray(container)) {
    const next = field(container as TreeObject, name);
    if (next !== undefined) collect(next, path, at + 1, found);
    return;
  }
  const position = positionOf(name);
  if (position !== undefined && position < container.length) {
    collect(container[position]!, path, at + 1, found);
  }
  for (const item of container) {
    const inner = containerOf(item);
    if (inner === undefined || Array.isArray(inner)) continue;
    const next = field(inner as TreeObject, name);
    if (next !== undefined) collect(next, path, at + 1, found);
  }
}

/**
 * The one value a document is sorted by. An array on the way that no number enters counts itself;
 * what is missing counts as null.
 */
export function sortValueAt(root: Tree, path: Path): Tree {
  let value: Tree = root;
  for (const name of path) {
    const container = containerOf(value);
    if (container === undefined) return null;
    if (Array.isArray(container)) {
      const position = positionOf(name);
      if (position === undefined) return value;
      value = container[position] ?? null;
    } else {
      value = field(container as TreeObject, name) ?? null;
    }
  }
  return value;
}
