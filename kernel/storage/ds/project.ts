import { FaztError } from "../../lib/fazt_error.ts";
import { parsePath, type Path, quoted } from "./path.ts";
import {
  containerOf,
  fieldsOf,
  kindOf,
  objectOf,
  type Tree,
  type TreeObject,
  wrapped,
} from "./tree.ts";

/** Gives a document with some of its fields. */
export type Projection = (document: TreeObject) => TreeObject;

/** The names below a field; an empty map is the whole field. */
type Names = Map<string, Names>;

const MAX_PATHS = 100;

/**
 * Reads `["name", "address.city"]`, `{name: 1}` (only these) or `{secret: 0}` (all but these).
 * `id` stays unless it says `{id: 0}`. Undefined when the whole document is wanted.
 * @throws {FaztError} `INVALID`.
 */
export function parseFields(tree: Tree | undefined): Projection | undefined {
  if (tree === undefined || tree === null) return undefined;
  const entries = Array.isArray(tree)
    ? (tree as readonly Tree[]).map((path) => [textOf(path), true] as const)
    : kindOf(tree) === "object"
    ? Object.entries(fieldsOf(tree as TreeObject)).map(([path, way]) =>
      [path, wanted(path, way)] as const
    )
    : refuse("they are no list of paths");
  if (entries.length > MAX_PATHS) refuse(`at most ${MAX_PATHS} paths`);
  const id = entries.find(([path]) => path === "id")?.[1] ?? true;
  const others = entries.filter(([path]) => path !== "id");
  if (others.some(([, keep]) => keep !== others[0]![1])) {
    refuse("some are wanted and some are not; only id may differ");
  }
  const names = namesOf(others.map(([path]) => parsePath(path)));
  const only = others[0]?.[1] ?? (entries.length > 0 && id);
  if (entries.length === 0) return undefined;
  return (document) => {
    const { id: itsId, ...rest } = document;
    const kept = (only ? pickFields(rest, names) : omit(rest, names)) as TreeObject;
    return id ? { id: itsId!, ...fieldsOf(kept) } : kept;
  };
}

function textOf(path: Tree): string {
  return typeof path === "string" ? path : refuse("a path is a text");
}

function wanted(path: string, way: Tree): boolean {
  if (way === 1 || way === true) return true;
  if (way === 0 || way === false) return false;
  return refuse(`${quoted(path)} takes 1 or 0`);
}

function refuse(why: string): never {
  throw new FaztError("INVALID", `Cannot choose fields: ${why}`, {
    hint: 'write ["name", "address.city"], or {"secret": 0} for all but these',
  });
}

function namesOf(paths: readonly Path[]): Names {
  const names: Names = new Map();
  for (const path of paths) {
    let at = names;
    for (const [i, name] of path.entries()) {
      const known = at.get(name);
      // The whole field is wanted already.
      if (known !== undefined && known.size === 0) break;
      if (i === path.length - 1) at.set(name, new Map());
      else if (known === undefined) at.set(name, new Map());
      at = at.get(name)!;
    }
  }
  return names;
}

/** Of a whole document, where no name is no field. */
function pickFields(document: TreeObject, names: Names): Tree {
  return names.size === 0 ? {} : pick(document, names)!;
}

/** Only these fields; of arrays, of each object in them. */
function pick(value: Tree, names: Names): Tree | undefined {
  if (names.size === 0) return value;
  return each(value, (fields) =>
    Object.entries(fields).flatMap(([key, item]) => {
      const below = names.get(key);
      const kept = below === undefined ? undefined : pick(item, below);
      return kept === undefined ? [] : [[key, kept] as const];
    }), (item) => pick(item, names));
}

/** All fields but these. */
function omit(value: Tree, names: Names): Tree {
  return each(value, (fields) =>
    Object.entries(fields).flatMap(([key, item]) => {
      const below = names.get(key);
      if (below === undefined) return [[key, item] as const];
      return below.size === 0 ? [] : [[key, omit(item, below)] as const];
    }), (item) => omit(item, names)) ?? value;
}

function each(
  value: Tree,
  fields: (object: TreeObject) => (readonly [string, Tree])[],
  item: (item: Tree) => Tree | undefined,
): Tree | undefined {
  const container = containerOf(value);
  if (container === undefined) return undefined;
  if (!Array.isArray(container)) return wrapped(objectOf(fields(container as TreeObject)));
  return (container as readonly Tree[]).flatMap((one) => {
    const kept = item(one);
    return kept === undefined ? [] : [kept];
  });
}
