import type { Connection } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { type Owner, quotaError } from "../usage.ts";
import { indexPath, keyExpression } from "./key.ts";
import { type Path, quoted } from "./path.ts";
import type { Constraint } from "./query.ts";
import { shardFilter, type Sharding } from "./shard_key.ts";
import { openShards, shardingOf, shardTable } from "./shards.ts";

/** A collection of one app: its people's rows, each with their own, or those of the whole app. */
export interface Collection {
  readonly id: number;
  readonly appId: string;
  readonly people: boolean;
  readonly name: string;
  /** How it is split; undefined: into one table. */
  readonly sharding?: Sharding;
}

/** A path of a collection that is indexed. */
export interface Index {
  readonly id: number;
  readonly text: string;
  readonly path: Path;
  /** Whether the node made it by itself. */
  readonly automatic: boolean;
}

/** What somebody keeps in a collection. */
export interface Counts {
  readonly documents: number;
  /** UTF-8 bytes of their JSON. */
  readonly bytes: number;
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/;

/** Checks a collection's name. @throws {FaztError} `INVALID`. */
export function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw new FaztError("INVALID", `Cannot use the collection ${quoted(name)}: not a valid name`, {
    hint: "a name has up to 128 letters, digits and _ . : -, and begins with a letter, digit or _",
  });
}

/** The table a collection begins with; of one that is split, what has no time is there. */
export function baseTable(collection: Pick<Collection, "id">): string {
  return `ds_${collection.id}`;
}

/**
 * The tables of a collection: all of them, or those that can hold matches. The one place that
 * knows. A document's `seq` is its own among all of them.
 */
export function tablesOf(
  db: Connection,
  collection: Collection,
  constraints: readonly Constraint[] = [],
): readonly string[] {
  const base = baseTable(collection);
  const { sharding } = collection;
  if (sharding === undefined) return [base];
  const may = shardFilter(sharding, constraints);
  const shards = openShards(db, collection.id).filter(may);
  return [base, ...shards.map(({ id }) => shardTable(id))];
}

const isPerson = ({ userId }: Owner) => userId !== SYSTEM_USER;

/** A collection by its name. */
export function findCollection(
  db: Connection,
  owner: Owner,
  name: string,
): Collection | undefined {
  const people = isPerson(owner);
  const row = db.get<{ id: number }>(
    "SELECT id FROM ds_collections WHERE app_id = ? AND people = ? AND name = ?",
    owner.appId,
    Number(people),
    name,
  );
  if (!row) return undefined;
  // People's collections are never split.
  const sharding = people ? undefined : shardingOf(db, row.id);
  return { id: row.id, appId: owner.appId, people, name, ...(sharding ? { sharding } : {}) };
}

/** The same, made where there is none. @throws {FaztError} `QUOTA`. */
export function makeCollection(
  db: Connection,
  owner: Owner,
  { name, at, max }: { readonly name: string; readonly at: number; readonly max: number },
): Collection {
  const known = findCollection(db, owner, name);
  if (known) return known;
  const { n } = db.get<{ n: number }>(
    "SELECT count(*) AS n FROM ds_collections WHERE app_id = ? AND name IS NOT NULL",
    owner.appId,
  )!;
  if (n >= max) throw quotaError("storage.ds.collections", n, max);
  const people = isPerson(owner);
  const { id } = db.get<{ id: number }>(
    "INSERT INTO ds_collections (app_id, people, name, created_at) VALUES (?, ?, ?, ?) RETURNING id",
    owner.appId,
    Number(people),
    name,
    at,
  )!;
  const made: Collection = { id, appId: owner.appId, people, name };
  createTable(db, baseTable(made), made);
  return made;
}

/** Makes a table of documents with its collection's indexes. */
export function createTable(db: Connection, table: string, collection: Collection): void {
  // The size stands before the body: reading it reads none of a large document.
  db.exec(
    `CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, user_id TEXT NOT NULL, id TEXT NOT NULL, ` +
      "size INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, " +
      "body BLOB NOT NULL)",
  );
  db.exec(`CREATE UNIQUE INDEX ${table}_id ON ${table} (user_id, id)`);
  if (collection.people) db.exec(`CREATE INDEX ${table}_user ON ${table} (user_id)`);
  for (const index of indexesOf(db, collection)) createIndex(db, table, index);
}

function createIndex(db: Connection, table: string, { id, path }: Pick<Index, "id" | "path">) {
  db.exec(`CREATE INDEX ${table}_${id} ON ${table} (user_id, (${keyExpression(path)}))`);
}

/** The indexes of a collection, oldest first. */
export function indexesOf(db: Connection, collection: Collection): Index[] {
  return db.all<{ id: number; path: string; automatic: number }>(
    "SELECT id, path, automatic FROM ds_indexes WHERE collection_id = ? ORDER BY id",
    collection.id,
  ).map(({ id, path, automatic }) => ({
    id,
    text: path,
    path: indexPath(path),
    automatic: automatic === 1,
  }));
}

/** Adds an index over what is there and what comes. The path must not be indexed yet. */
export function addIndex(
  db: Connection,
  collection: Collection,
  { text, automatic, at }: {
    readonly text: string;
    readonly automatic: boolean;
    readonly at: number;
  },
): void {
  const path = indexPath(text);
  const { id } = db.get<{ id: number }>(
    "INSERT INTO ds_indexes (collection_id, app_id, path, automatic, created_at) " +
      "VALUES (?, ?, ?, ?, ?) RETURNING id",
    collection.id,
    collection.appId,
    text,
    Number(automatic),
    at,
  )!;
  for (const table of tablesOf(db, collection)) createIndex(db, table, { id, path });
}

/** Removes an index. */
export function dropIndex(db: Connection, collection: Collection, index: Index): void {
  for (const table of tablesOf(db, collection)) {
    db.exec(`DROP INDEX IF EXISTS ${table}_${index.id}`);
  }
  db.run("DELETE FROM ds_indexes WHERE id = ?", index.id);
}

/** What somebody keeps in a collection. */
export function countsOf(db: Connection, collection: Collection, owner: Owner): Counts {
  return db.get<{ documents: number; bytes: number }>(
    "SELECT documents, bytes FROM ds_counts WHERE collection_id = ? AND user_id = ?",
    collection.id,
    owner.userId,
  ) ?? { documents: 0, bytes: 0 };
}

/** Books a change of a collection. */
export function addCounts(
  db: Connection,
  collection: Collection,
  { owner, documents, bytes }: { readonly owner: Owner } & Counts,
): void {
  if (documents === 0 && bytes === 0) return;
  db.run(
    "INSERT INTO ds_counts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "documents = documents + excluded.documents, bytes = bytes + excluded.bytes",
    collection.id,
    owner.userId,
    collection.appId,
    documents,
    bytes,
  );
}

/** The collections somebody has, by name. */
export function collectionsOf(
  db: Connection,
  owner: Owner,
): { readonly collection: Collection; readonly counts: Counts }[] {
  const people = isPerson(owner);
  const rows = db.all<{ id: number; name: string } & Counts>(
    "SELECT c.id, c.name, coalesce(n.documents, 0) AS documents, coalesce(n.bytes, 0) AS bytes " +
      "FROM ds_collections c LEFT JOIN ds_counts n ON n.collection_id = c.id AND n.user_id = ? " +
      "WHERE c.app_id = ? AND c.people = ? AND c.name IS NOT NULL ORDER BY c.name",
    owner.userId,
    owner.appId,
    Number(people),
  );
  return rows.filter(({ documents }) => !people || documents > 0).map((
    { id, name, documents, bytes },
  ) => ({ collection: { id, appId: owner.appId, people, name }, counts: { documents, bytes } }));
}
