import { FaztError } from "../../lib/fazt_error.ts";
import { parsePath, type Path, sortValueAt } from "./path.ts";
import { compare, fieldsOf, kindOf, type Tree, type TreeObject } from "./tree.ts";

/** One path documents are sorted by. */
export interface SortBy {
  readonly text: string;
  readonly path: Path;
  readonly descending: boolean;
}

const MAX_PATHS = 8;

/**
 * Reads `{age: -1, name: 1}` or `["-age", "name"]` or `"-age"`.
 * @throws {FaztError} `INVALID`.
 */
export function parseSort(tree: Tree | undefined): SortBy[] {
  if (tree === undefined || tree === null) return [];
  const pairs = typeof tree === "string"
    ? [fromText(tree)]
    : Array.isArray(tree)
    ? (tree as readonly Tree[]).map((one) => typeof one === "string" ? fromText(one) : refuse())
    : kindOf(tree) === "object"
    ? Object.entries(fieldsOf(tree as TreeObject)).map(([path, way]) =>
      [path, descends(way)] as const
    )
    : refuse();
  if (pairs.length > MAX_PATHS) refuse(`at most ${MAX_PATHS} paths`);
  return pairs.map(([text, descending]) => ({ text, path: parsePath(text), descending }));
}

function fromText(text: string): readonly [string, boolean] {
  return text.startsWith("-") ? [text.slice(1), true] : [text, false];
}

function descends(way: Tree): boolean {
  if (way === 1 || way === "asc") return false;
  if (way === -1 || way === "desc") return true;
  return refuse();
}

function refuse(why = "it is none of the forms there are"): never {
  throw new FaztError("INVALID", `Cannot sort: ${why}`, {
    hint: 'write {"age": -1, "name": 1} or ["-age", "name"]',
  });
}

/** The values a document is sorted by. */
export function sortValues(document: Tree, by: readonly SortBy[]): Tree[] {
  return by.map(({ path }) => sortValueAt(document, path));
}

/** The order of two documents by such values; 0 when they are alike. */
export function compareBy(
  by: readonly SortBy[],
  a: readonly Tree[],
  b: readonly Tree[],
): number {
  for (let i = 0; i < by.length; i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return by[i]!.descending ? -order : order;
  }
  return 0;
}
