import { type Connection, operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { assertRoom } from "../usage.ts";
import { type Collection, findCollection, makeCollection, tablesOf } from "./catalog.ts";
import { type Change, parseChange } from "./change.ts";
import {
  assertId,
  book,
  insertDocuments,
  readDocument,
  replaceDocument,
  type Writing,
} from "./documents.ts";
import { parsePath } from "./path.ts";
import { planOf } from "./plan.ts";
import { parseQuery, type Query } from "./query.ts";
import { compileRegex } from "./matcher.ts";
import { Router } from "./router.ts";
import { clockOf, documentAt, type Place, search, type Stored } from "./search.ts";
import type { Tree, TreeObject } from "./tree.ts";

/** A change of one collection. */
interface Common extends Writing {
  readonly name: string;
}

/** Which documents change. */
interface Matching extends Common {
  readonly query: string;
  /** Where matches were found before; undefined: they are searched here. */
  readonly places: readonly Place[] | undefined;
  /** The most documents one change may touch. */
  readonly max: number;
  /** Milliseconds it may hold up other changes. */
  readonly ms: number;
}

const HINT = "narrow the query, or index what it asks for: fazt.storage.ds.index(collection, path)";

/** Adds documents, all or none; returns their ids. */
export const dsInsert = operation(
  "ds.insert",
  (db, p: Common & { readonly documents: readonly { text: string; id: string }[] }) => {
    const documents = p.documents.map(({ text, id }) => readDocument(text, id));
    const collection = makeCollection(db, p.owner, {
      name: p.name,
      at: p.at,
      max: p.limits.collections,
    });
    const chosen = documents.map(({ id }) => id as string).filter((id, i) =>
      id !== p.documents[i]!.id
    );
    insertDocuments(db, collection, { ...p, documents, chosen });
    return documents.map(({ id }) => id as string);
  },
);

/** Changes every match, all or none; returns how many there were, one that was added included. */
export const dsUpdate = operation(
  "ds.update",
  (
    db,
    p: Matching & {
      readonly change: string;
      /** The id of the document that is added where nothing matches. */
      readonly upsertId: string | undefined;
    },
  ): number => {
    const query = parseQuery(p.query, compileRegex);
    const change = parseChange(p.change, {
      compile: compileRegex,
      maxBytes: p.limits.documentMb * 1024 * 1024,
    });
    const clock = clockOf(p.ms, HINT);
    const collection = findCollection(db, p.owner, p.name);
    let [count, bytes] = [0, 0];
    if (collection) {
      const router = new Router(db, collection, { at: p.at, max: p.limits.shards });
      for (const stored of matching(db, { ...p, collection, parsed: query })) {
        clock(count++);
        const before = JSON.parse(stored.text) as TreeObject;
        const { at, limits } = p;
        bytes += replaceDocument(db, stored, {
          next: change(before),
          before,
          at,
          limits,
          router,
        });
      }
      router.flush();
      assertRoom(db, p.owner.appId, { grow: bytes, maxMb: p.limits.appMb });
      book(db, collection, { owner: p.owner, documents: 0, bytes });
    }
    if (count > 0 || p.upsertId === undefined) return count;
    upsert(db, { ...p, parsed: query, change, id: p.upsertId });
    return 1;
  },
);

/** Deletes every match, all or none; returns how many there were. */
export const dsDelete = operation("ds.delete", (db, p: Matching): number => {
  const query = parseQuery(p.query, compileRegex);
  const collection = findCollection(db, p.owner, p.name);
  if (!collection) return 0;
  const clock = clockOf(p.ms, HINT);
  const router = new Router(db, collection, { at: p.at, max: p.limits.shards });
  let [count, bytes] = [0, 0];
  for (const { table, seq } of matching(db, { ...p, collection, parsed: query })) {
    clock(count++);
    const { size } = db.get<{ size: number }>(
      `DELETE FROM ${table} WHERE seq = ? RETURNING size`,
      seq,
    )!;
    router.book(table, { documents: -1, bytes: -size });
    bytes += size;
  }
  router.flush();
  book(db, collection, { owner: p.owner, documents: -count, bytes: -bytes });
  return count;
}, { essential: true });

/** The documents that match now, each read when it is its turn. */
function* matching(
  db: Connection,
  p: Matching & { readonly collection: Collection; readonly parsed: Query },
): Generator<Stored> {
  const { collection, owner, parsed: query, max } = p;
  if (p.places !== undefined) {
    const tables = tablesOf(db, collection);
    for (const { table, seq } of p.places) {
      // It may have moved to another shard since it was found; its seq is no other's.
      const at = [table, ...(collection.sharding ? tables : [])].find((one) =>
        tables.includes(one) && documentAt(db, owner, { table: one, seq }) !== undefined
      );
      const stored = at && documentAt(db, owner, { table: at, seq });
      if (stored && query.matches(JSON.parse(stored.text) as Tree)) yield stored;
    }
    return;
  }
  const { matches } = search(db, {
    plan: planOf(db, { collection, owner, query, sort: [], count: 20_000 }),
    query,
    sort: [],
    skip: 0,
    limit: max + 1,
    clock: clockOf(p.ms, HINT),
  });
  assertFew(matches.length, max);
  // What is found first and changed then cannot be found again.
  for (const match of matches) yield documentAt(db, owner, match)!;
}

/** @throws {FaztError} `TOO_MANY` for more documents than one change may touch. */
export function assertFew(matches: number, max: number): void {
  if (matches <= max) return;
  throw new FaztError("TOO_MANY", `Cannot change more than ${max} documents at once`, {
    hint: "narrow the query and change them in parts; the owner can raise it: " +
      "fazt config set limits.storage.ds.changeDocuments <value>",
    status: 422,
    details: { limit: "storage.ds.changeDocuments", used: matches, max },
  });
}

/** Adds what the query says a match equals, changed. */
function upsert(
  db: Connection,
  p: Common & { readonly parsed: Query; readonly change: Change; readonly id: string },
): void {
  const fixed = p.parsed.equalities.map(([path, value]) => ({ [path]: value }));
  const base = fixed.reduce<TreeObject>((document, set) => {
    const [path] = Object.keys(set);
    parsePath(path!);
    const apply = parseChange(JSON.stringify({ $set: set }), {
      compile: compileRegex,
      maxBytes: p.limits.documentMb * 1024 * 1024,
    });
    return apply(document);
  }, {});
  const id = assertId(Object.hasOwn(base, "id") ? base.id : p.id);
  const document = p.change({ ...base, id });
  if (document.id !== id) {
    throw new FaztError("INVALID", "Cannot update: an id stays what it is");
  }
  const text = JSON.stringify({ id, ...document });
  const collection = makeCollection(db, p.owner, {
    name: p.name,
    at: p.at,
    max: p.limits.collections,
  });
  insertDocuments(db, collection, { ...p, documents: [readDocument(text, id)], chosen: [id] });
}
