import { FaztError } from "../../lib/fazt_error.ts";
import { nearest } from "../../lib/nearest.ts";
import { type Path, quoted, valuesAt } from "./path.ts";
import type { Reading } from "./query.ts";
import { compare, equal, fieldsOf, kindOf, type Tree, type TreeObject } from "./tree.ts";

/** Tells whether a document fulfils something. */
export type Test = (document: Tree) => boolean;
/** The same for all the values a path leads to. */
type ValuesTest = (found: readonly Tree[]) => boolean;

/** The operators of one field. */
export const OPERATORS = [
  "$eq",
  "$ne",
  "$gt",
  "$gte",
  "$lt",
  "$lte",
  "$in",
  "$nin",
  "$contains",
  "$exists",
  "$regex",
  "$options",
  "$not",
] as const;
/** See {@link OPERATORS}. */
export type Operator = typeof OPERATORS[number];

/** Values one `$in` may name. */
const MAX_VALUES = 1000;
/** How many of them may be more than one comparison each. */
const MAX_OBJECTS = 50;
/** What has an order of its own that `$gt` and its like can ask for. */
const ORDERED = ["number", "text", "boolean", "date", "bytes"];

interface Place {
  readonly reading: Reading;
  readonly sure: boolean;
}

/** Reads what a query says of one path: a value it equals, or operators. */
export function condition(
  at: string,
  path: Path,
  { value, ...place }: Place & { readonly value: Tree },
): Test {
  const test = valuesTest(at, value, place);
  return (document) => test(valuesAt(document, path));
}

/** Reads a condition that each item of an array is to be judged by. */
export function itemTest(at: string, value: Tree, reading: Reading): Test {
  const test = valuesTest(at, value, { reading, sure: false });
  return (item) => test([item]);
}

/** The operators an object is made of; undefined when it is a value. */
export function operatorsOf(at: string, value: Tree): [Operator, Tree][] | undefined {
  if (value === null || kindOf(value) !== "object") return undefined;
  const entries = Object.entries(fieldsOf(value as TreeObject));
  const odd = entries.find(([key]) => !key.startsWith("$"));
  if (entries.length === 0 || entries.every(([key]) => !key.startsWith("$"))) return undefined;
  const unknown = entries.find(([key]) => key.startsWith("$") && !isOperator(key));
  if (unknown) {
    const near = nearest(unknown[0], OPERATORS);
    throw new FaztError(
      "INVALID",
      `Cannot query: there is no operator ${quoted(unknown[0])} at ${quoted(at)}`,
      {
        hint: (near === undefined ? "" : `did you mean ${near}? `) +
          `There are ${OPERATORS.join(", ")}; a value that looks like one goes into $eq`,
        details: { operator: unknown[0].slice(0, 100), path: at },
      },
    );
  }
  if (odd) {
    throw new FaztError(
      "INVALID",
      `Cannot query: operators and the field ${quoted(odd[0])} stand together at ${quoted(at)}`,
      { hint: `write ${quoted(`${at}.${odd[0]}`)} as a path of its own`, details: { path: at } },
    );
  }
  return entries as [Operator, Tree][];
}

const isOperator = (key: string): key is Operator => (OPERATORS as readonly string[]).includes(key);

function valuesTest(at: string, value: Tree, place: Place): ValuesTest {
  const operators = operatorsOf(at, value);
  if (operators === undefined) return equals(at, value, place);
  const given = Object.fromEntries(operators);
  const tests = operators.filter(([operator]) => operator !== "$options").map(
    ([operator, operand]) => operatorTest(operator, operand, { at, given, ...place }),
  );
  if (Object.hasOwn(given, "$options") && !Object.hasOwn(given, "$regex")) {
    refuse("$options", at, "it belongs to $regex");
  }
  return (found) => tests.every((test) => test(found));
}

/** A value equals, or an array among the values has an item that does. */
const some = (judge: (value: Tree) => boolean): ValuesTest => (found) =>
  found.some((value) => judge(value) || Array.isArray(value) && value.some(judge));

function equals(at: string, value: Tree, { reading, sure }: Place): ValuesTest {
  if (sure) {
    reading.constraints.push({ path: at, anyOf: [value] });
    reading.equalities.push([at, value]);
  }
  return equalTo(value);
}

function equalTo(value: Tree): ValuesTest {
  // What is not there counts as null.
  if (value === null) {
    const isNull = some((one) => one === null);
    return (found) => found.length === 0 || isNull(found);
  }
  if (typeof value !== "object") return some((one) => one === value);
  return some((one) => equal(one, value));
}

function equalToAny(values: readonly Tree[], tooMany: () => void): ValuesTest {
  const plain = new Set(values.filter((value) => typeof value !== "object"));
  const others = values.filter((value) => typeof value === "object");
  if (others.length > MAX_OBJECTS) tooMany();
  const isPlain = some((one) => plain.has(one as string));
  const isOther = others.map(equalTo);
  return (found) => isPlain(found) || isOther.some((test) => test(found));
}

function operatorTest(
  operator: Operator,
  operand: Tree,
  { at, given, ...place }: Place & {
    readonly at: string;
    readonly given: Readonly<Record<string, Tree>>;
  },
): ValuesTest {
  const { reading, sure } = place;
  const not = (test: ValuesTest): ValuesTest => (found) => !test(found);
  switch (operator) {
    case "$eq":
      return equals(at, operand, place);
    case "$ne":
      return not(equalTo(operand));
    case "$in":
    case "$nin": {
      const anyOf = equalToAny(listOf(operator, operand, at), () => {
        refuse(operator, at, `it takes ${MAX_OBJECTS} objects and lists at most`);
      });
      // Each may be looked up by itself.
      reading.weight += (operand as readonly Tree[]).length;
      if (operator === "$nin") return not(anyOf);
      if (sure) reading.constraints.push({ path: at, anyOf: operand as readonly Tree[] });
      return anyOf;
    }
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte": {
      const kind = kindOf(operand);
      if (!ORDERED.includes(kind)) refuse(operator, at, `it takes no ${kind}`);
      const up = operator.startsWith("$g");
      if (sure) reading.constraints.push({ path: at, ...up ? { min: operand } : { max: operand } });
      const orEqual = operator.endsWith("e");
      return some((value) => {
        if (kindOf(value) !== kind) return false;
        const order = compare(value, operand);
        return order === 0 ? orEqual : (order > 0) === up;
      });
    }
    case "$contains":
      return (found) =>
        found.some((value) =>
          Array.isArray(value)
            ? value.some((item) => equal(item, operand))
            : typeof value === "string" && typeof operand === "string" && value.includes(operand)
        );
    case "$exists": {
      if (typeof operand !== "boolean") refuse(operator, at, "it takes true or false");
      return (found) => found.length > 0 === operand;
    }
    case "$regex":
      return regexTest(operand, { at, options: given.$options ?? "", reading });
    case "$options":
      return () => true;
    case "$not":
      return not(valuesTest(at, operand, { reading, sure: false }));
  }
}

function regexTest(
  operand: Tree,
  { at, options, reading }: {
    readonly at: string;
    readonly options: Tree;
    readonly reading: Reading;
  },
): ValuesTest {
  if (typeof operand !== "string") return refuse("$regex", at, "it takes a text");
  if (operand.length > 1000) refuse("$regex", at, "it has more than 1000 characters");
  if (typeof options !== "string" || !/^[ims]{0,3}$/.test(options)) {
    return refuse("$options", at, "there are i, m and s");
  }
  reading.weight += 1000;
  const matches = reading.compile(operand, options);
  return some((value) => typeof value === "string" && matches(value));
}

function listOf(operator: string, operand: Tree, at: string): readonly Tree[] {
  if (!Array.isArray(operand)) return refuse(operator, at, "it takes a list");
  if (operand.length > MAX_VALUES) refuse(operator, at, `it takes ${MAX_VALUES} values at most`);
  return operand;
}

function refuse(operator: string, at: string, why: string): never {
  throw new FaztError("INVALID", `Cannot query with ${operator} at ${quoted(at)}: ${why}`, {
    details: { operator, path: at },
  });
}
