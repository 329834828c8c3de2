import type { Connection, SqlValue } from "../../db/mod.ts";
import type { Owner } from "../usage.ts";
import { type Collection, type Index, indexesOf, tablesOf } from "./catalog.ts";
import { COMPLEX, keyExpression, type Probe, probeOf } from "./key.ts";
import type { Constraint, Query } from "./query.ts";
import type { SortBy } from "./sort.ts";
import type { Tree } from "./tree.ts";

/** Rows of one table, as SQL. */
export interface Stream {
  readonly table: string;
  /** What stands after `FROM <table>`. */
  readonly where: string;
  readonly params: readonly SqlValue[];
  /** Whether they come in the order they were inserted in. */
  readonly inOrder: boolean;
}

/** How the documents are found among which the matches are. */
export interface Plan {
  readonly streams: readonly Stream[];
  /**
   * Where the rows come in the order of the first path to sort by: the expression of their key.
   * Rows of one key are in no order.
   */
  readonly sortKey?: string;
  /** Whether these keys go down. */
  readonly descending?: boolean;
  /** Rows the streams hold, as far as they were counted; undefined where they were not. */
  readonly rows?: number;
  /** Bytes of these rows' documents. */
  readonly bytes?: number;
}

interface Question {
  readonly collection: Collection;
  readonly owner: Owner;
  readonly query: Query;
  readonly sort: readonly SortBy[];
  /** As many rows are counted to choose between indexes. */
  readonly count: number;
}

/** So many tables are asked on the kernel's thread too. */
export const FEW_TABLES = 8;

/** Chooses how to search. */
export function planOf(db: Connection, question: Question): Plan {
  const { collection, owner, query, sort, count } = question;
  const tables = tablesOf(db, collection, query.constraints);
  const byId = idStreams(tables, question);
  // There is one of an id at most; asking each of many tables twice takes its time.
  if (byId) return tables.length > FEW_TABLES ? { streams: byId } : counted(db, byId, count);
  const indexes = indexesOf(db, collection);
  let best: Plan | undefined;
  for (const index of indexes) {
    const streams = indexStreams(db, tables, { ...question, index });
    if (streams === undefined) continue;
    const plan = counted(db, streams, count);
    const few = plan.rows !== undefined &&
      (best?.rows === undefined || plan.rows < best.rows);
    if (best === undefined || few) best = plan;
  }
  if (best?.rows !== undefined) return best;
  const sorted = indexes.find((index) => index.text === sort[0]?.text);
  if (sorted) return orderPlan(tables, { owner, index: sorted, by: sort[0]! });
  if (best && sort.length === 0 && best.streams.every((stream) => stream.inOrder)) return best;
  return { streams: tables.map((table) => scan(table, collection, owner)) };
}

/** Every row of an owner in the order of insertion. */
function scan(table: string, { people }: Collection, { userId }: Owner): Stream {
  return {
    table,
    // Without an index over persons the order of the table itself is the one.
    where: people
      ? `INDEXED BY ${table}_user WHERE user_id = ? ORDER BY seq`
      : "NOT INDEXED WHERE user_id = ? ORDER BY seq",
    params: [userId],
    inOrder: true,
  };
}

function idStreams(
  tables: readonly string[],
  { owner, query }: Question,
): Stream[] | undefined {
  const constraint = query.constraints.find((one) => one.path === "id" && "anyOf" in one);
  if (constraint === undefined || !("anyOf" in constraint)) return undefined;
  // An id is a text without surprises: no other value can equal one.
  const ids = [...new Set(constraint.anyOf)].filter((id) => typeof id === "string");
  return tables.flatMap((table) =>
    ids.map((id) => ({
      table,
      where: `INDEXED BY ${table}_id WHERE user_id = ? AND id = ?`,
      params: [owner.userId, id as string],
      inOrder: true,
    }))
  );
}

function indexStreams(
  db: Connection,
  tables: readonly string[],
  { index, owner, query }: Question & { readonly index: Index },
): Stream[] | undefined {
  const about = query.constraints.filter((one) => one.path === index.text);
  const ranges = keyRanges(db, about);
  if (ranges === undefined) return undefined;
  const key = `(${keyExpression(index.path)})`;
  return tables.flatMap((table) =>
    ranges.map(({ sql, params, inOrder }) => ({
      table,
      where:
        `INDEXED BY ${table}_${index.id} WHERE user_id = ? AND ${
          sql.replaceAll("KEY", () => key)
        }` +
        (inOrder ? " ORDER BY seq" : ""),
      params: [owner.userId, ...params],
      inOrder,
    }))
  );
}

interface KeyRange {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly inOrder: boolean;
}

/** Which keys the documents can have that fulfil one of these; undefined where any can. */
function keyRanges(db: Connection, constraints: readonly Constraint[]): KeyRange[] | undefined {
  const complex: KeyRange = { sql: "KEY = ?", params: [COMPLEX], inOrder: true };
  for (const constraint of constraints) {
    if (!("anyOf" in constraint)) continue;
    const probes = constraint.anyOf.map((value) => probeOf(db, value));
    if (probes.includes("none")) continue;
    const keys = probes.filter((probe): probe is Probe => typeof probe === "object");
    const texts = new Set(keys.map(({ key }) => String(key) + typeof key));
    const apart = keys.filter(({ key }) => texts.delete(String(key) + typeof key));
    return [
      complex,
      ...apart.map(({ key }) =>
        key === null
          ? { sql: "KEY IS NULL", params: [], inOrder: true }
          : { sql: "KEY = ?", params: [key], inOrder: true }
      ),
    ];
  }
  const bound = (side: "min" | "max") => {
    const values = constraints.flatMap((one) =>
      side in one ? [(one as Record<string, Tree>)[side]!] : []
    );
    const probe = values.length === 0 ? undefined : probeOf(db, values[0]!);
    return typeof probe === "object" ? probe : undefined;
  };
  const [min, max] = [bound("min"), bound("max")];
  const either = min ?? max;
  if (either === undefined) return undefined;
  // Both ends belong to it: a key says less than its value.
  const upTo = max !== undefined && (min === undefined || same(min.from, max.from));
  return [
    complex,
    {
      sql: `KEY >= ? AND KEY ${upTo ? "<=" : "<"} ?`,
      params: [min?.key ?? either.from, upTo ? max.key : either.below],
      inOrder: false,
    },
  ];
}

const same = (a: SqlValue, b: SqlValue) => String(a) === String(b) && typeof a === typeof b;

function orderPlan(
  tables: readonly string[],
  { owner, index, by }: { readonly owner: Owner; readonly index: Index; readonly by: SortBy },
): Plan {
  const key = `(${keyExpression(index.path)})`;
  return {
    sortKey: key,
    descending: by.descending,
    streams: tables.map((table) => ({
      table,
      where: `INDEXED BY ${table}_${index.id} WHERE user_id = ? ORDER BY ${key}` +
        (by.descending ? " DESC" : ""),
      params: [owner.userId],
      inOrder: false,
    })),
  };
}

/** Counts the rows of streams and their bytes, unless there are more than `count`. */
function counted(db: Connection, streams: readonly Stream[], count: number): Plan {
  let [rows, bytes] = [0, 0];
  for (const { table, where, params } of streams) {
    const part = db.get<{ rows: number; bytes: number }>(
      `SELECT count(*) AS rows, coalesce(sum(size), 0) AS bytes FROM ` +
        `(SELECT size FROM ${table} ${where} LIMIT ?)`,
      ...params,
      count + 1 - rows,
    )!;
    rows += part.rows;
    bytes += part.bytes;
    if (rows > count) return { streams };
  }
  return { streams, rows, bytes };
}
