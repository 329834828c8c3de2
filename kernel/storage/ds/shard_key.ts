import { FaztError } from "../../lib/fazt_error.ts";
import { indexPath } from "./key.ts";
import { type Path, quoted } from "./path.ts";
import type { Constraint } from "./query.ts";
import { containerOf, field, kindOf, type Tree, type TreeObject } from "./tree.ts";

/** The periods a collection can be split by, in UTC. */
export const PERIODS = ["hour", "day", "month", "year"] as const;
/** One of {@link PERIODS}. */
export type Period = (typeof PERIODS)[number];

/** How a collection is split. */
export interface Sharding {
  readonly period: Period;
  /** Where a document's time is, a date or Unix ms; undefined: when it was inserted. */
  readonly path?: string;
  /** Where the text is whose first part splits too. */
  readonly prefix?: string;
  /** Age at which a shard is deleted, ms. */
  readonly keepMs?: number;
  /** Age at which a shard becomes a compressed archive, ms. */
  readonly archiveMs?: number;
}

/** Which documents a shard holds: of one prefix, from a time up to another, Unix ms. */
export interface Bounds {
  readonly prefix: string;
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
}

/** The farthest date from 1970, ms (ECMA-262). */
const MAX_TIME = 8.64e15;
const MAX_PREFIX = 64;

/** Checks paths of a declaration. @throws {FaztError} `INVALID`. */
export function assertShardPath(text: string): void {
  if (text !== "id") return void indexPath(text);
  throw new FaztError("INVALID", `Cannot split by ${quoted(text)}: it is no time and no prefix`);
}

/** The period a time is in; undefined where it or its end is no date. */
export function periodOf(period: Period, ms: number): { from: number; to: number } | undefined {
  if (!(Math.abs(ms) <= MAX_TIME)) return undefined;
  const date = new Date(ms);
  const [y, m, d, h] = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
  ];
  const at = (y: number, m = 0, d = 1, h = 0) => {
    // Date.UTC takes 0 to 99 for 1900 to 1999.
    const date = new Date(0);
    date.setUTCFullYear(y, m, d);
    return date.setUTCHours(h);
  };
  const [from, to] = period === "hour"
    ? [at(y, m, d, h), at(y, m, d, h + 1)]
    : period === "day"
    ? [at(y, m, d), at(y, m, d + 1)]
    : period === "month"
    ? [at(y, m), at(y, m + 1)]
    : [at(y), at(y + 1)];
  return Number.isFinite(from) && Number.isFinite(to) ? { from, to } : undefined;
}

/** The Unix ms of a date or number; undefined for every other value. */
function timeOf(value: Tree): number | undefined {
  const kind = kindOf(value);
  if (kind === "number") return value as number;
  return kind === "date" ? (value as { $date: number }).$date : undefined;
}

/** The value at a path that meets no array: then it is the only one. */
function plainValue(root: Tree, path: Path): Tree {
  let value: Tree = root;
  for (const name of path) {
    const container = containerOf(value);
    if (container === undefined || Array.isArray(container)) return null;
    value = field(container as TreeObject, name) ?? null;
  }
  return value;
}

/** The first part of a text: up to `/`, `:` or `.`; empty for what has none that can be stored. */
function firstPart(value: Tree): string {
  if (typeof value !== "string") return "";
  const part = value.split(/[/:.]/, 1)[0]!;
  return part.length <= MAX_PREFIX && part.isWellFormed() && !/\p{Cc}/u.test(part) ? part : "";
}

/**
 * The shard a document belongs to; undefined where its time is none, or one of several.
 * @param insertedAt Unix ms
 */
export function boundsOf(
  { period, path, prefix }: Sharding,
  document: Tree,
  insertedAt: number,
): Bounds | undefined {
  const time = path === undefined ? insertedAt : timeOf(plainValue(document, indexPath(path)));
  const span = time === undefined ? undefined : periodOf(period, time);
  if (span === undefined) return undefined;
  return {
    ...span,
    prefix: prefix === undefined ? "" : firstPart(plainValue(document, indexPath(prefix))),
  };
}

/** Tells of a shard whether it can hold what fulfils these. */
export function shardFilter(
  { path, prefix }: Sharding,
  constraints: readonly Constraint[],
): (bounds: Bounds) => boolean {
  const tests = constraints.flatMap((one): ((bounds: Bounds) => boolean)[] => {
    if (one.path === path) return [timeTest(one)];
    if (one.path !== prefix || !("anyOf" in one)) return [];
    // An array may hold the text as well: such documents have no prefix.
    const parts = new Set(["", ...one.anyOf.map(firstPart)]);
    return [(bounds) => parts.has(bounds.prefix)];
  });
  return (bounds) => tests.every((test) => test(bounds));
}

/** Documents of shards have one date or number at the path, and numbers are no dates. */
function timeTest(one: Constraint): (bounds: Bounds) => boolean {
  if ("anyOf" in one) {
    const times = one.anyOf.map(timeOf).filter((time) => time !== undefined);
    return ({ from, to }) => times.some((time) => time >= from && time < to);
  }
  const [min, max] = [one.min, one.max].map((value) => value === undefined ? null : timeOf(value));
  return ({ from, to }) =>
    min !== undefined && max !== undefined && (min === null || to > min) &&
    (max === null || from <= max);
}
