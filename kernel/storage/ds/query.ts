import { FaztError } from "../../lib/fazt_error.ts";
import { condition, type Test } from "./condition.ts";
import { parsePath, quoted } from "./path.ts";
import type { CompileRegex } from "./matcher.ts";
import { fieldsOf, kindOf, parseTree, type Tree, type TreeObject } from "./tree.ts";

/** What every match of a query fulfils at one path: what an index can narrow a search with. */
export type Constraint =
  | { readonly path: string; readonly anyOf: readonly Tree[] }
  | { readonly path: string; readonly min?: Tree; readonly max?: Tree };

/** A query, read. */
export interface Query {
  readonly matches: (document: Tree) => boolean;
  /** All of them hold for every match. */
  readonly constraints: readonly Constraint[];
  /** Fields a match equals, which a new document of `upsert` gets. */
  readonly equalities: readonly (readonly [path: string, value: Tree])[];
  /** Whether everything matches. */
  readonly empty: boolean;
  /** How much there is to do for one document: about the number of comparisons. */
  readonly weight: number;
}

/** The longest query as text. */
export const MAX_QUERY = 262_144;
const MAX_CONDITIONS = 200;
const LOGIC = ["$and", "$or", "$not"];

/** What grows while a query is read. */
export interface Reading {
  readonly compile: CompileRegex;
  readonly constraints: Constraint[];
  readonly equalities: [string, Tree][];
  conditions: number;
  weight: number;
}

/**
 * Reads a query.
 * @throws {FaztError} `INVALID` naming the operator and the path, `TOO_LARGE`.
 */
export function parseQuery(text: string, compile: CompileRegex): Query {
  if (text.length > MAX_QUERY) {
    throw new FaztError("TOO_LARGE", `Cannot query: it has more than ${MAX_QUERY} characters`);
  }
  const reading: Reading = {
    compile,
    constraints: [],
    equalities: [],
    conditions: 0,
    weight: 0,
  };
  const tests = readQuery(parseTree(text, "the query"), "the query", { reading, sure: true });
  return {
    matches: (document) => tests.every((test) => test(document)),
    constraints: reading.constraints,
    equalities: reading.equalities,
    empty: tests.length === 0,
    weight: reading.conditions + reading.weight,
  };
}

/** `sure`: whether every match fulfils what is read here. */
interface Place {
  readonly reading: Reading;
  readonly sure: boolean;
}

function readQuery(tree: Tree, at: string, place: Place): Test[] {
  if (tree === null || kindOf(tree) !== "object") {
    throw new FaztError("INVALID", `Cannot query: ${at} is not an object`, {
      hint: 'a query is an object such as {"age": {"$gte": 18}}',
    });
  }
  return Object.entries(fieldsOf(tree as TreeObject)).map(([key, value]) => {
    if (++place.reading.conditions > MAX_CONDITIONS) {
      throw new FaztError("TOO_LARGE", `Cannot query: more than ${MAX_CONDITIONS} conditions`);
    }
    if (LOGIC.includes(key)) return logic(key, value, place);
    if (key.startsWith("$")) {
      throw new FaztError("INVALID", `Cannot query: there is no operator ${quoted(key)} at ${at}`, {
        hint: `outside of a field there are ${LOGIC.join(", ")}`,
        details: { operator: key.slice(0, 100), path: "" },
      });
    }
    return condition(key, parsePath(key), { value, ...place });
  });
}

function logic(operator: string, value: Tree, place: Place): Test {
  const below = { reading: place.reading, sure: place.sure && operator === "$and" };
  if (operator === "$not") {
    const tests = readQuery(value, "$not", below);
    return (document) => !tests.every((test) => test(document));
  }
  if (!Array.isArray(value) || value.length === 0) {
    throw new FaztError("INVALID", `Cannot query: ${operator} takes a list of queries`, {
      details: { operator, path: "" },
    });
  }
  const groups = (value as readonly Tree[]).map((one, i) =>
    readQuery(one, `${operator}[${i}]`, below)
  );
  const holds = (document: Tree) => (tests: readonly Test[]) =>
    tests.every((test) => test(document));
  return operator === "$and"
    ? (document) => groups.every(holds(document))
    : (document) => groups.some(holds(document));
}
