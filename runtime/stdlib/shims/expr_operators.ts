import { failure } from "./failure.ts";

/** What a value is, in the words of an error. */
export function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return Array.isArray(value) ? "a list" : value instanceof Date ? "a time" : "an object";
}

/** Equality without conversion; two dates are the same when their times are. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || (a instanceof Date && b instanceof Date && a.getTime() === b.getTime());
}

/** `+ - * / %` of numbers; `+` of texts, where numbers, true and false become text. */
export function calculate(operator: string, a: unknown, b: unknown): number | string {
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) {
    return textOf(a) + textOf(b);
  }
  if (typeof a !== "number" || typeof b !== "number") {
    throw invalid(`"${operator}" cannot be done with ${describe(a)} and ${describe(b)}`);
  }
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    default:
      return a % b;
  }
}

/** `< > <= >=` of two numbers, two texts or two dates. */
export function compare(operator: "<" | ">" | "<=" | ">=", a: unknown, b: unknown): boolean {
  const [x, y] = a instanceof Date && b instanceof Date ? [a.getTime(), b.getTime()] : [a, b];
  const comparable = (typeof x === "number" && typeof y === "number") ||
    (typeof x === "string" && typeof y === "string");
  if (!comparable) {
    throw invalid(`"${operator}" cannot be asked of ${describe(a)} and ${describe(b)}`);
  }
  switch (operator) {
    case "<":
      return x < y;
    case ">":
      return x > y;
    case "<=":
      return x <= y;
    default:
      return x >= y;
  }
}

/** Whether a list has such an element, a text such a part, an object such a key. */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((element) => same(element, part));
  if (typeof whole === "string" && typeof part === "string") return whole.includes(part);
  if (typeof whole === "object" && whole !== null && typeof part === "string") {
    return Object.hasOwn(whole, part);
  }
  throw invalid(`${describe(part)} cannot be looked for in ${describe(whole)}`);
}

/** A value as text. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  throw invalid(`${describe(value)} cannot become text`);
}

function invalid(message: string): Error {
  return failure("EXPR_INVALID", message);
}
