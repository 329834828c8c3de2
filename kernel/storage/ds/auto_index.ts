import type { Connection } from "../../db/mod.ts";
import type { Owner } from "../usage.ts";
import { type Collection, findCollection, indexesOf } from "./catalog.ts";
import { indexPath } from "./key.ts";
import type { Query } from "./query.ts";
import type { SortBy } from "./sort.ts";

/** A search as it was done. */
export interface Seen {
  readonly owner: Owner;
  readonly name: string;
  readonly query: Query;
  readonly sort: readonly SortBy[];
  /** Documents it looked at. */
  readonly scanned: number;
  /** Unix ms. */
  readonly at: number;
}

/** Looking at more documents than these is worth an index. */
const MANY = 1000;
/** So many searches within {@link WITHIN_MS} are a habit. */
const TIMES = 3;
const WITHIN_MS = 3_600_000;
/** Paths that are watched at the same time. */
const WATCHED = 1000;

/** Watches searches for paths that should be indexed. */
export class IndexAdvisor {
  readonly #seen = new Map<string, number[]>();

  constructor(private readonly reader: Connection) {}

  /** The path to index now, once it was searched by often enough. */
  advise(seen: Seen): string | undefined {
    if (seen.scanned <= MANY) return undefined;
    const collection = findCollection(this.reader, seen.owner, seen.name);
    const path = collection && this.#candidate(collection, seen);
    if (path === undefined) return undefined;
    const key = `${collection!.id} ${path}`;
    const times = (this.#seen.get(key) ?? []).filter((at) => at > seen.at - WITHIN_MS);
    times.push(seen.at);
    this.#seen.delete(key);
    if (times.length >= TIMES) return path;
    this.#seen.set(key, times);
    // The one that was seen longest ago.
    if (this.#seen.size > WATCHED) this.#seen.delete(this.#seen.keys().next().value!);
    return undefined;
  }

  /** What an index would narrow most: an equality, else a range, else the order. */
  #candidate(collection: Collection, { query, sort }: Seen): string | undefined {
    const paths = [
      ...query.constraints.filter((one) => "anyOf" in one).map(({ path }) => path),
      ...query.constraints.filter((one) => !("anyOf" in one)).map(({ path }) => path),
      ...sort.slice(0, 1).map(({ text }) => text),
    ];
    const indexed = indexesOf(this.reader, collection).map(({ text }) => text);
    return paths.find((path) => !indexed.includes(path) && isIndexable(path));
  }
}

function isIndexable(path: string): boolean {
  try {
    indexPath(path);
    return true;
  } catch {
    return false;
  }
}
