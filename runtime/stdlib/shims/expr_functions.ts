import { contains, describe, textOf } from "./expr_operators.ts";
import { failure } from "./failure.ts";

type Values = readonly unknown[];

/** Functions whose second argument is evaluated for each element, which is called `it` there. */
export const LIST_FUNCTIONS: ReadonlyMap<
  string,
  (list: Values, each: (element: unknown) => unknown) => unknown
> = new Map([
  ["all", (list, each) => list.every((element) => each(element))],
  ["any", (list, each) => list.some((element) => each(element))],
  ["count", (list, each) => list.filter((element) => each(element)).length],
  ["filter", (list, each) => list.filter((element) => each(element))],
  ["find", (list, each) => list.find((element) => each(element))],
  ["map", (list, each) => list.map((element) => each(element))],
]);

/** Functions of values. */
export const FUNCTIONS: ReadonlyMap<string, (...values: unknown[]) => unknown> = new Map<
  string,
  (...values: unknown[]) => unknown
>([
  ["abs", (n) => Math.abs(number(n))],
  ["ceil", (n) => Math.ceil(number(n))],
  ["contains", (whole, part) => contains(whole, part)],
  ["endsWith", (whole, end) => text(whole).endsWith(text(end))],
  ["floor", (n) => Math.floor(number(n))],
  ["join", (list, between = ",") => listOf(list).map(textOf).join(text(between))],
  ["len", (whole) => length(whole)],
  ["lower", (value) => text(value).toLowerCase()],
  ["max", (...values) => numbers(values).reduce((a, b) => Math.max(a, b))],
  ["min", (...values) => numbers(values).reduce((a, b) => Math.min(a, b))],
  ["number", (value) => toNumber(value)],
  ["round", (n, digits = 0) => round(number(n), number(digits))],
  ["split", (value, between) => split(text(value), text(between))],
  ["startsWith", (whole, start) => text(whole).startsWith(text(start))],
  ["string", (value) => textOf(value)],
  ["sum", (...values) => numbers(values, true).reduce((a, b) => a + b, 0)],
  ["trim", (value) => text(value).trim()],
  ["upper", (value) => text(value).toUpperCase()],
]);

function number(value: unknown): number {
  if (typeof value === "number") return value;
  throw invalid(`a number is needed, not ${describe(value)}`);
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw invalid(`text is needed, not ${describe(value)}`);
}

function listOf(value: unknown): Values {
  if (Array.isArray(value)) return value;
  throw invalid(`a list is needed, not ${describe(value)}`);
}

/** The numbers that are given, or those of the one list that is given. */
function numbers(values: Values, emptyToo = false): number[] {
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] as Values : values;
  if (list.length === 0 && !emptyToo) throw invalid("of no numbers none is the least or the most");
  return list.map(number);
}

function toNumber(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  const result = typeof value === "string" && value.trim() !== "" ? Number(value) : number(value);
  if (Number.isNaN(result)) throw invalid(`${describe(value)} is no number`);
  return result;
}

/** Half away from zero, on the digits one sees: 1.005 to two digits is 1.01. */
function round(value: number, digits: number): number {
  if (!Number.isInteger(digits) || digits < 0 || digits > 15) {
    throw invalid(`digits are a whole number up to 15, not ${describe(digits)}`);
  }
  const shifted = Number(`${Math.abs(value)}e${digits}`);
  // A number that is written with an exponent has no digits to cut.
  if (Number.isNaN(shifted)) return value;
  return Math.sign(value) * Number(`${Math.round(shifted)}e-${digits}`);
}

function length(whole: unknown): number {
  if (typeof whole === "string" || Array.isArray(whole)) return whole.length;
  if (typeof whole === "object" && whole !== null) return Object.keys(whole).length;
  throw invalid(`${describe(whole)} has no length`);
}

function split(whole: string, between: string): string[] {
  if (between === "") throw invalid("a text is split at a text that is not empty");
  return whole.split(between);
}

function invalid(message: string): Error {
  return failure("EXPR_INVALID", message);
}
