import type { Connection } from "../../db/mod.ts";
import { MIB } from "../../lib/bytes.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { addUsage, assertRoom, type Owner, quotaError } from "../usage.ts";
import { addCounts, type Collection, countsOf } from "./catalog.ts";
import type { DsLimits } from "./limits.ts";
import { idTaken, Router } from "./router.ts";
import type { Stored } from "./search.ts";
import { checkTree, fieldsOf, kindOf, parseTree, type Tree, type TreeObject } from "./tree.ts";

/** Whose documents change, when, and what bounds it. */
export interface Writing {
  readonly owner: Owner;
  readonly at: number;
  readonly limits: DsLimits;
}

/** Checks an id. @throws {FaztError} `INVALID`. */
export function assertId(id: unknown): string {
  const valid = typeof id === "string" && id.length > 0 && id.length <= 256 && id.isWellFormed() &&
    !/\p{Cc}/u.test(id);
  if (valid) return id;
  throw new FaztError("INVALID", "Cannot use this id: it is not a text of 1 to 256 characters", {
    hint: "leave id away to get a new one",
  });
}

/**
 * Reads a document that is to be stored; its id stands first.
 * @param id is what it gets where it has none.
 */
export function readDocument(text: string, id: string): TreeObject {
  const tree = parseTree(text, "the document");
  if (tree === null || kindOf(tree) !== "object") {
    throw new FaztError("INVALID", "Cannot store the document: it is not an object");
  }
  const fields = fieldsOf(tree as TreeObject);
  const own = Object.hasOwn(fields, "id") ? assertId(fields.id) : id;
  return { id: own, ...fields };
}

const encoder = new TextEncoder();

/** The JSON of a document and its size in bytes. @throws {FaztError} `TOO_LARGE`. */
function textOf(document: TreeObject, maxMb: number): { text: string; size: number } {
  const text = JSON.stringify(document);
  const size = encoder.encode(text).length;
  if (size <= maxMb * MIB) return { text, size };
  throw new FaztError(
    "TOO_LARGE",
    `Cannot store the document: it has ${size} bytes, ${maxMb * MIB} are allowed`,
    {
      hint: "the owner can raise it: fazt config set limits.storage.ds.documentMb <value>",
      details: { limit: "storage.ds.documentMb", used: size, max: maxMb * MIB },
    },
  );
}

/**
 * Adds documents, each to the table it belongs into.
 * @param options.chosen ids that were not made just now, which others may have
 * @throws {FaztError} `CONFLICT` for an id there is already, `QUOTA`.
 */
export function insertDocuments(
  db: Connection,
  collection: Collection,
  { documents, chosen, times, ...by }: Writing & {
    readonly documents: readonly TreeObject[];
    readonly chosen: readonly string[];
    /** When each was made and changed last, Unix ms, where that is not now. */
    readonly times?: readonly (readonly [created: number, updated: number])[];
  },
): void {
  const { owner, at, limits } = by;
  const used = countsOf(db, collection, owner).documents;
  if (!collection.sharding && used + documents.length > limits.perCollection) {
    throw quotaError("storage.ds.perCollection", used, limits.perCollection);
  }
  const router = new Router(db, collection, { at, max: limits.shards });
  router.assertNew(owner, chosen);
  let seq = router.places(documents.length);
  let bytes = 0;
  for (const [i, document] of documents.entries()) {
    const id = document.id as string;
    const { text, size } = textOf(document, limits.documentMb);
    const [created, updated] = times?.[i] ?? [at, at];
    const table = router.tableFor(document, created);
    const added = db.run(
      `INSERT INTO ${table} (seq, user_id, id, size, created_at, updated_at, body) ` +
        "VALUES (?, ?, ?, ?, ?, ?, jsonb(?)) ON CONFLICT (user_id, id) DO NOTHING",
      seq === undefined ? null : seq++,
      owner.userId,
      id,
      size,
      created,
      updated,
      text,
    );
    if (added === 0) throw idTaken(id);
    router.book(table, { documents: 1, bytes: size });
    bytes += size;
  }
  router.flush();
  assertRoom(db, owner.appId, { grow: bytes, maxMb: limits.appMb });
  book(db, collection, { owner, documents: documents.length, bytes });
}

/** Puts a document's next state where it belongs; tells by how many bytes it grew. */
export function replaceDocument(
  db: Connection,
  place: Stored,
  { next, before, at, limits, router }: Omit<Writing, "owner"> & {
    readonly next: TreeObject;
    readonly before: TreeObject;
    readonly router: Router;
  },
): number {
  checkTree(next as Tree, "the changed document");
  if (next.id !== before.id) {
    throw new FaztError("INVALID", "Cannot update: an id stays what it is", {
      hint: "insert a new document and delete this one",
    });
  }
  const { text, size } = textOf(next, limits.documentMb);
  if (text === place.text) return 0;
  const table = router.tableFor(next, place.createdAt);
  if (table !== place.table) router.move(place, table);
  const grown = size - place.size;
  router.book(table, { documents: 0, bytes: grown });
  db.run(
    `UPDATE ${table} SET body = jsonb(?), size = ?, updated_at = ? WHERE seq = ?`,
    text,
    size,
    at,
    place.seq,
  );
  return grown;
}

/** Books what a change came to; part of its transaction. */
export function book(
  db: Connection,
  collection: Collection,
  change: { readonly owner: Owner; readonly documents: number; readonly bytes: number },
): void {
  addCounts(db, collection, change);
  addUsage(db, change.owner, { pillar: "ds", entries: change.documents, bytes: change.bytes });
}
