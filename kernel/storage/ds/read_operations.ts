import { type Connection, operation } from "../../db/mod.ts";
import type { Owner } from "../usage.ts";
import { countsOf, findCollection } from "./catalog.ts";
import { MAX_ANSWER } from "./limits.ts";
import { planOf } from "./plan.ts";
import { parseFields } from "./project.ts";
import { parseQuery } from "./query.ts";
import { compileRegex } from "./matcher.ts";
import { clockOf, countMatches, type Place, search, textsOf } from "./search.ts";
import { parseSort } from "./sort.ts";
import { parseTree } from "./tree.ts";

/** What a collection is asked. Query, sort and fields are texts of the value codec. */
export interface Asking {
  readonly owner: Owner;
  readonly name: string;
  readonly query: string;
  /** Milliseconds it may take. */
  readonly ms: number;
}

/** Which of the matches, in which order, and what of them. */
export interface Finding extends Asking {
  readonly sort?: string | undefined;
  readonly fields?: string | undefined;
  readonly skip: number;
  readonly limit: number;
}

/** What was found, and how many documents that took to look at. */
export interface Answer<T> {
  readonly result: T;
  readonly scanned: number;
}

/** Rows that are counted to choose between indexes. */
const COUNT = 20_000;
const HINT = "index what it asks for: fazt.storage.ds.index(collection, path); or narrow it";

/** Finds documents. */
export const dsFind = operation(
  "ds.find",
  (db, p: Finding): Answer<string[]> =>
    snapshot(db, () => {
      const query = parseQuery(p.query, compileRegex);
      const sort = parseSort(optional(p.sort));
      const projection = parseFields(optional(p.fields));
      const collection = findCollection(db, p.owner, p.name);
      if (!collection) return { result: [], scanned: 0 };
      const { owner, skip, limit } = p;
      const plan = planOf(db, { collection, owner, query, sort, count: COUNT });
      const clock = clockOf(p.ms, HINT);
      const { matches, scanned } = search(db, { plan, query, sort, skip, limit, clock });
      return { result: textsOf(db, matches, { owner, projection, maxBytes: MAX_ANSWER }), scanned };
    }),
);

/** Finds the places of matches, at most `limit`. */
export const dsPlaces = operation(
  "ds.places",
  (db, p: Asking & { readonly limit: number }): Answer<Place[]> =>
    snapshot(db, () => {
      const query = parseQuery(p.query, compileRegex);
      const collection = findCollection(db, p.owner, p.name);
      if (!collection) return { result: [], scanned: 0 };
      const { matches, scanned } = search(db, {
        plan: planOf(db, { collection, owner: p.owner, query, sort: [], count: COUNT }),
        query,
        sort: [],
        skip: 0,
        limit: p.limit,
        clock: clockOf(p.ms, HINT),
      });
      return { result: matches.map(({ table, seq }) => ({ table, seq })), scanned };
    }),
);

/** Counts matches. */
export const dsCount = operation(
  "ds.count",
  (db, p: Asking): Answer<number> =>
    snapshot(db, () => {
      const query = parseQuery(p.query, compileRegex);
      const collection = findCollection(db, p.owner, p.name);
      if (!collection) return { result: 0, scanned: 0 };
      if (query.empty) return { result: countsOf(db, collection, p.owner).documents, scanned: 0 };
      const plan = planOf(db, { collection, owner: p.owner, query, sort: [], count: COUNT });
      const { count, scanned } = countMatches(db, { plan, query, clock: clockOf(p.ms, HINT) });
      return { result: count, scanned };
    }),
);

/** Everything read within it is of one moment. */
export function snapshot<R>(db: Connection, read: () => R): R {
  db.run("BEGIN");
  try {
    return read();
  } finally {
    db.run("COMMIT");
  }
}

/** A text of the value codec that may be missing. */
export function optional(text: string | undefined) {
  return text === undefined ? undefined : parseTree(text, "the option");
}
