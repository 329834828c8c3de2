import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { MIB } from "../../lib/bytes.ts";
import type { Owner } from "../usage.ts";
import type { Plan, Stream } from "./plan.ts";
import type { Projection } from "./project.ts";
import type { Query } from "./query.ts";
import { compareBy, type SortBy, sortValues } from "./sort.ts";
import { compareBytes, compareText, kindOf, type Tree, type TreeObject } from "./tree.ts";

/** What is to be found. */
export interface Search {
  readonly plan: Plan;
  readonly query: Query;
  readonly sort: readonly SortBy[];
  readonly skip: number;
  readonly limit: number;
  /** What to do when time is up; asked for each row. */
  readonly clock: Clock;
}

/** Bounds the time of a search: throws when it is up. */
export type Clock = (scanned: number) => void;

/** Where a document is. */
export interface Place {
  readonly table: string;
  readonly seq: number;
}

/** A match: where it is and what it is sorted by. */
export interface Match extends Place {
  readonly by: readonly Tree[];
  /** About what keeping these values takes, UTF-16 units. */
  readonly weight: number;
}

/** What a search found and how many documents it looked at. */
export interface Found {
  readonly matches: readonly Match[];
  readonly scanned: number;
}

/** A document in its table. */
export interface Stored extends Place {
  readonly text: string;
  /** Bytes of the text. */
  readonly size: number;
  /** Unix ms. */
  readonly createdAt: number;
}

/** What values to sort by may take together, UTF-16 units. */
const MAX_HELD = 64 * MIB;

/** So few documents took long only because the machine was busy, or they are large. */
const FEW = 100;

/** A clock that gives up after a while; few documents have ten times as long. */
export function clockOf(ms: number, hint: string): Clock {
  const began = performance.now();
  return (scanned) => {
    if (performance.now() - began < (scanned < FEW ? 10 * ms : ms)) return;
    throw new FaztError(
      "QUERY_TIMEOUT",
      `Cannot finish the query: ${scanned} documents were looked at in ${ms} ms`,
      { hint, status: 422, details: { limit: "storage.ds.queryMs", used: ms, max: ms } },
    );
  };
}

/** Every row of a stream. */
function* rowsOf(db: Connection, stream: Stream, key: string | undefined) {
  const { table, where, params } = stream;
  const columns = `seq, json(body) AS text${key === undefined ? "" : `, ${key} AS key`}`;
  yield* db.iterate<{ seq: number; text: string; key?: unknown }>(
    `SELECT ${columns} FROM ${table} ${where}`,
    ...params,
  );
}

/**
 * What a plan looks at, part by part: its streams one after the other or, where they come in the
 * order of a key, all of them merged into one.
 */
function* partsOf(db: Connection, { streams, sortKey, descending = false }: Plan) {
  if (sortKey === undefined || streams.length < 2) {
    for (const stream of streams) {
      yield { rows: withTable(db, stream, sortKey), inOrder: stream.inOrder };
    }
    return;
  }
  const sources = streams.map((stream) => withTable(db, stream, sortKey));
  yield { rows: merged(sources, descending ? -1 : 1), inOrder: false };
}

function* withTable(db: Connection, stream: Stream, key: string | undefined): Generator<TableRow> {
  for (const row of rowsOf(db, stream, key)) yield { ...row, table: stream.table };
}

interface TableRow {
  readonly table: string;
  readonly seq: number;
  readonly text: string;
  readonly key?: unknown;
}

/** Finds matches in order: as asked, alike ones as they were inserted. */
export function search(db: Connection, { plan, query, sort, skip, limit, clock }: Search): Found {
  const wanted = skip + limit;
  const order = (a: Match, b: Match) => compareBy(sort, a.by, b.by) || a.seq - b.seq;
  let best: Match[] = [];
  let [scanned, held] = [0, 0];
  const prune = () => {
    best = best.sort(order).slice(0, wanted);
    held = best.reduce((sum, { weight }) => sum + weight, 0);
  };
  // What is inserted behind it is no longer among the first.
  let last = Infinity;
  for (const { rows, inOrder } of partsOf(db, plan)) {
    let inStream = 0;
    let group: unknown;
    for (const { table, seq, text, key } of rows) {
      if (inOrder && seq > last) break;
      clock(scanned++);
      // The next key: whatever comes now stands behind all there is.
      if (plan.sortKey !== undefined && !sameKey(key, group)) {
        if (best.length >= wanted) break;
        group = key;
      }
      const document = JSON.parse(text) as Tree;
      if (!query.matches(document)) continue;
      const by = sortValues(document, sort);
      const weight = weightOf(by, text);
      best.push({ table, seq, by, weight });
      held += weight;
      if (best.length >= 2 * wanted + 1000 || held > MAX_HELD) prune();
      if (held > MAX_HELD) {
        throw new FaztError("TOO_LARGE", "Cannot sort: the values to sort by are too large", {
          hint: "sort by shorter values, or narrow the query",
        });
      }
      inStream++;
      if (sort.length === 0 && inOrder && inStream >= wanted) break;
    }
    if (sort.length > 0 || best.length < wanted) continue;
    prune();
    last = best.at(-1)!.seq;
  }
  prune();
  return { matches: best.slice(skip), scanned };
}

/** Counts the matches. */
export function countMatches(
  db: Connection,
  { plan, query, clock }: Pick<Search, "plan" | "query" | "clock">,
): { count: number; scanned: number } {
  let [count, scanned] = [0, 0];
  for (const stream of plan.streams) {
    for (const { text } of rowsOf(db, stream, undefined)) {
      clock(scanned++);
      if (query.matches(JSON.parse(text))) count++;
    }
  }
  return { count, scanned };
}

/** Somebody's document at a place; undefined when there is another one by now, or none. */
export function documentAt(
  db: Connection,
  { userId }: Owner,
  { table, seq }: Place,
): Stored | undefined {
  const row = db.get<{ text: string; size: number; createdAt: number }>(
    `SELECT json(body) AS text, size, created_at AS createdAt FROM ${table} WHERE seq = ? AND user_id = ?`,
    seq,
    userId,
  );
  return row && { table, seq, ...row };
}

/** The texts of matches, each with the fields that are wanted. */
export function textsOf(
  db: Connection,
  matches: readonly Match[],
  { owner, projection, maxBytes }: {
    readonly owner: Owner;
    readonly projection: Projection | undefined;
    readonly maxBytes: number;
  },
): string[] {
  let size = 0;
  return matches.map((match) => {
    const { text } = documentAt(db, owner, match)!;
    const shown = projection === undefined
      ? text
      : JSON.stringify(projection(JSON.parse(text) as TreeObject));
    size += shown.length;
    if (size > maxBytes) {
      throw new FaztError(
        "TOO_LARGE",
        `Cannot answer the query: what it finds has more than ${maxBytes} bytes`,
        { hint: "ask for fewer documents with limit, or for some of their fields with fields" },
      );
    }
    return shown;
  });
}

/** Rows of several sources in the order of their keys, each source being in this order already. */
function* merged(
  sources: readonly Generator<TableRow>[],
  way: 1 | -1,
): Generator<TableRow> {
  const heap: { row: TableRow; source: Generator<TableRow> }[] = [];
  const before = (a: number, b: number) =>
    way * compareKeys(heap[a]!.row.key, heap[b]!.row.key) < 0;
  const swap = (a: number, b: number) => [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  const sink = (at: number) => {
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && before(child, first)) first = child;
      }
      if (first === at) return;
      swap(first, at);
      at = first;
    }
  };
  try {
    for (const source of sources) {
      const { value, done } = source.next();
      if (!done) heap.push({ row: value, source });
    }
    for (let at = heap.length >> 1; at-- > 0;) sink(at);
    while (heap.length > 0) {
      const { row, source } = heap[0]!;
      yield row;
      const { value, done } = source.next();
      if (!done) heap[0] = { row: value, source };
      else if (heap.length === 1) return;
      else heap[0] = heap.pop()!;
      sink(0);
    }
  } finally {
    for (const source of sources) source.return(undefined);
  }
}

/** The order SQLite has keys in: nothing, numbers, texts, bytes. */
function compareKeys(a: unknown, b: unknown): number {
  const rank = (key: unknown) =>
    key === null ? 0 : typeof key === "number" ? 1 : typeof key === "string" ? 2 : 3;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "number") return a - (b as number);
  if (typeof a === "string") return compareText(a, b as string);
  return a === null ? 0 : compareBytes(a as Uint8Array, b as Uint8Array);
}

function sameKey(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return String(a) === String(b);
  return a === b;
}

/** About what keeping values takes; what is not a text counts as its whole document. */
function weightOf(by: readonly Tree[], text: string): number {
  return by.reduce<number>(
    (sum, value) =>
      sum +
      (typeof value === "string"
        ? value.length
        : ["object", "array", "bytes"].includes(kindOf(value))
        ? text.length
        : 0),
    0,
  );
}
