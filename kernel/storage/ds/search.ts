import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { MIB } from "../../lib/bytes.ts";
import type { Owner } from "../usage.ts";
import type { Plan, Stream } from "./plan.ts";
import type { Projection } from "./project.ts";
import type { Query } from "./query.ts";
import { compareBy, type SortBy, sortValues } from "./sort.ts";
import { kindOf, type Tree, type TreeObject } from "./tree.ts";

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
  for (const stream of plan.streams) {
    let inStream = 0;
    let group: unknown;
    for (const { seq, text, key } of rowsOf(db, stream, plan.sortKey)) {
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
      best.push({ table: stream.table, seq, by, weight });
      held += weight;
      if (best.length >= 2 * wanted + 1000 || held > MAX_HELD) prune();
      if (held > MAX_HELD) {
        throw new FaztError("TOO_LARGE", "Cannot sort: the values to sort by are too large", {
          hint: "sort by shorter values, or narrow the query",
        });
      }
      inStream++;
      if (sort.length === 0 && stream.inOrder && inStream >= wanted) break;
    }
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
  const row = db.get<{ text: string; size: number }>(
    `SELECT json(body) AS text, size FROM ${table} WHERE seq = ? AND user_id = ?`,
    seq,
    userId,
  );
  return row && { table, seq, text: row.text, size: row.size };
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
