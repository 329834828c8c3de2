import type { SqlValue } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";

/** Values for `?` in their order, or for `:name` by name. */
export type Params = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/**
 * What a statement is run with. Every parameter gets a value: one left out would keep the value
 * that somebody else's call gave it.
 */
export function bind(
  wanted: number | readonly string[],
  params: Params,
): SqlValue[] {
  if (typeof wanted === "number") {
    const given = Array.isArray(params) ? params.length : 0;
    if (given !== wanted || (!Array.isArray(params) && Object.keys(params).length > 0)) {
      throw invalid(`it has ${wanted} "?", and ${Array.isArray(params) ? given : "named"} values`);
    }
    return (params as readonly SqlValue[]).map(integral);
  }
  if (Array.isArray(params)) {
    throw invalid(`its parameters have names: give {${wanted.join(", ")}}`);
  }
  const values = params as Readonly<Record<string, SqlValue>>;
  const missing = wanted.find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) throw invalid(`there is no value for "${missing}"`);
  const extra = Object.keys(values).find((name) => !wanted.includes(name));
  if (extra !== undefined) throw invalid(`it has no parameter "${extra}"`);
  const named = Object.fromEntries(wanted.map((name) => [name, integral(values[name]!)]));
  // `node:sqlite` takes names as an object in the first place, where its types want a value.
  return [named as unknown as SqlValue];
}

/** Whole numbers are integers to SQL, so that a division by one is one of integers. */
function integral(value: SqlValue): SqlValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** An integer as a number where a number can hold it. */
export function plain(value: SqlValue): SqlValue {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function invalid(why: string): FaztError {
  return new FaztError("INVALID", `Cannot run this statement: ${why}`);
}
