import { FaztError } from "../../lib/fazt_error.ts";
import { nearest } from "../../lib/nearest.ts";
import { itemTest, operatorsOf, type Test } from "./condition.ts";
import { parsePath, type Path, positionOf, quoted } from "./path.ts";
import { MAX_QUERY, parseQuery, type Reading } from "./query.ts";
import type { CompileRegex } from "./matcher.ts";
import {
  containerOf,
  equal,
  fieldsOf,
  kindOf,
  objectOf,
  parseTree,
  type Tree,
  type TreeObject,
  wrapped,
} from "./tree.ts";

/** Makes a document's next state of it. @throws {FaztError} `INVALID` where it cannot. */
export type Change = (document: TreeObject) => TreeObject;

/** What becomes of the value at a path; undefined is nothing there. */
type Step = (value: Tree | undefined, at: string) => Tree | undefined;

const OPERATORS = ["$set", "$unset", "$inc", "$push", "$pull"] as const;
type Operator = typeof OPERATORS[number];
const MAX_PATHS = 1000;

/**
 * Reads a change: fields that replace the document's own, or operators.
 * @throws {FaztError} `INVALID` naming the operator and the path, `TOO_LARGE`.
 */
export function parseChange(
  text: string,
  { compile, maxBytes }: { readonly compile: CompileRegex; readonly maxBytes: number },
): Change {
  if (text.length > maxBytes) {
    throw new FaztError("TOO_LARGE", `Cannot update: the change has more than ${maxBytes} bytes`);
  }
  const tree = parseTree(text, "the change");
  if (tree === null || kindOf(tree) !== "object") refuse("the change is not an object");
  const entries = Object.entries(fieldsOf(tree as TreeObject));
  if (entries.every(([key]) => !key.startsWith("$"))) {
    return (document) => ({ ...document, ...objectOf(entries) });
  }
  const steps = entries.flatMap(([key, operand]) => readOperator(key, operand, compile));
  if (steps.length > MAX_PATHS) refuse(`it changes more than ${MAX_PATHS} paths`);
  assertApart(steps.map(({ path }) => path));
  return (document) =>
    steps.reduce(
      (value, { path, operator, step }) =>
        changeAt(value, path, { operator, at: 0, step }) as TreeObject,
      document,
    );
}

interface ReadStep {
  readonly operator: Operator;
  readonly path: Path;
  readonly step: Step;
}

function readOperator(key: string, operand: Tree, compile: CompileRegex): ReadStep[] {
  const operator = OPERATORS.find((one) => one === key);
  if (operator === undefined) {
    const near = nearest(key, OPERATORS);
    const why = key.startsWith("$")
      ? `there is no operator ${quoted(key)}`
      : `the field ${quoted(key)} stands beside operators`;
    throw new FaztError("INVALID", `Cannot update: ${why}`, {
      hint: (near === undefined ? "" : `did you mean ${near}? `) +
        `There are ${OPERATORS.join(", ")}; without them fields replace those of the document`,
      details: { operator: key.slice(0, 100), path: "" },
    });
  }
  if (operator === "$unset" && (typeof operand === "string" || Array.isArray(operand))) {
    return [operand].flat().map((path) => {
      if (typeof path !== "string") refuse("$unset takes paths");
      return { operator, path: parsePath(path as string), step: () => undefined };
    });
  }
  if (operand === null || kindOf(operand) !== "object") {
    refuse(`${operator} takes an object of paths and values`);
  }
  return Object.entries(fieldsOf(operand as TreeObject)).map(([path, value]) => ({
    operator,
    path: parsePath(path),
    step: stepOf(operator, value, { at: path, compile }),
  }));
}

function stepOf(
  operator: Operator,
  operand: Tree,
  { at, compile }: { readonly at: string; readonly compile: CompileRegex },
): Step {
  const wrong = (why: string): never => refuse(`${operator} at ${quoted(at)}: ${why}`);
  switch (operator) {
    case "$set":
      return () => operand;
    case "$unset":
      return () => undefined;
    case "$inc":
      if (typeof operand !== "number") wrong("it takes a number");
      return (value = 0) => {
        if (typeof value !== "number") return wrong(`a ${kindOf(value)} is stored there`);
        const sum = value + (operand as number);
        return Number.isFinite(sum) ? sum : wrong("the sum is too large");
      };
    case "$push": {
      const items = eachOf(operand) ?? [operand];
      if (!Array.isArray(items)) wrong("$each takes a list");
      return (value = []) =>
        Array.isArray(value) ? [...value, ...items] : wrong(`a ${kindOf(value)} is stored there`);
    }
    case "$pull": {
      const goes = pullTest(operand, at, compile);
      return (value) => {
        if (value === undefined) return undefined;
        return Array.isArray(value)
          ? value.filter((item) => !goes(item))
          : wrong(`a ${kindOf(value)} is stored there`);
      };
    }
  }
}

/** The operand of `$each`, if it is there alone. */
function eachOf(operand: Tree): readonly Tree[] | undefined {
  if (operand === null || kindOf(operand) !== "object") return undefined;
  const fields = fieldsOf(operand as TreeObject);
  return Object.keys(fields).length === 1 && Object.hasOwn(fields, "$each")
    ? fields.$each as readonly Tree[]
    : undefined;
}

/** Which items go: those that equal a value, fulfil operators, or match as documents do. */
function pullTest(operand: Tree, at: string, compile: CompileRegex): Test {
  const reading: Reading = {
    compile,
    constraints: [],
    equalities: [],
    conditions: 0,
    weight: 0,
  };
  if (operatorsOf(at, operand) !== undefined) return itemTest(at, operand, reading);
  if (operand === null || kindOf(operand) !== "object") return (item) => equal(item, operand);
  const text = JSON.stringify(operand);
  if (text.length > MAX_QUERY) refuse(`$pull at ${quoted(at)}: it is too long`);
  const { matches } = parseQuery(text, compile);
  return (item) => item !== null && kindOf(item) === "object" && matches(item);
}

/** The value with another one at the path; containers on the way are made where there are none. */
function changeAt(
  value: Tree | undefined,
  path: Path,
  { operator, at, step }: { readonly operator: Operator; readonly at: number; readonly step: Step },
): Tree | undefined {
  const place = () => quoted(path.join("."));
  if (at === path.length) return step(value, place());
  const name = path[at]!;
  const below = { operator, at: at + 1, step };
  if (value === undefined) {
    const made = changeAt(undefined, path, below);
    return made === undefined ? undefined : wrapped(objectOf([[name, made]]));
  }
  const container = containerOf(value);
  if (container === undefined) {
    // There is nothing in it to take away.
    if (operator === "$unset" || operator === "$pull") return value;
    const above = quoted(path.slice(0, at).join("."));
    return refuse(`${operator} at ${place()}: a ${kindOf(value)} is stored at ${above}`);
  }
  if (Array.isArray(container)) {
    const list = container as readonly Tree[];
    const position = positionOf(name);
    if (position === undefined || position > list.length) {
      if (operator === "$unset" || operator === "$pull") return value;
      return refuse(
        `${operator} at ${place()}: in the array ${
          quoted(path.slice(0, at).join("."))
        } there are ` +
          `places from 0 to ${list.length}`,
      );
    }
    const next = changeAt(list[position], path, below);
    if (next === undefined) return list.map((item, i) => i === position ? null : item);
    return list.toSpliced(position, 1, next);
  }
  const fields = container as TreeObject;
  const own = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const next = changeAt(own, path, below);
  if (next !== undefined) {
    const changed = { ...fields, [name]: next };
    // The document itself is never wrapped: it always has an id.
    return at === 0 ? changed : wrapped(changed);
  }
  if (own === undefined) return value;
  const rest = objectOf(Object.entries(fields).filter(([key]) => key !== name));
  return at === 0 ? rest : wrapped(rest);
}

/** Two steps at one place, or one inside of another, would depend on their order. */
function assertApart(paths: readonly Path[]): void {
  const texts = paths.map((path) => path.join(".")).sort();
  const known = new Set(texts);
  texts.forEach((text, i) => {
    const parents = text.split(".").map((_, n, names) => names.slice(0, n).join("."));
    const above = text === texts[i + 1] ? text : parents.find((parent) => known.has(parent));
    if (above !== undefined) {
      refuse(
        `${quoted(text)} is changed twice${above === text ? "" : `, through ${quoted(above)}`}`,
      );
    }
  });
}

function refuse(why: string): never {
  throw new FaztError("INVALID", `Cannot update: ${why}`);
}
