import { type Connection, operation } from "../../db/mod.ts";
import { FaztError } from "../../lib/fazt_error.ts";
import { addUsage, type Owner } from "../usage.ts";
import {
  addIndex,
  baseTable,
  countsOf,
  dropIndex,
  findCollection,
  indexesOf,
  makeCollection,
  tablesOf,
} from "./catalog.ts";
import { book } from "./documents.ts";
import { indexPath } from "./key.ts";
import { MAX_AUTOMATIC, MAX_INDEXES } from "./limits.ts";
import { quoted } from "./path.ts";
import { dropShards, removeShardTable, removeTable } from "./shard_removal.ts";

interface Named {
  readonly owner: Owner;
  readonly name: string;
}

/** What came of asking for an index; `full` and `large` only where the node itself asked. */
export type Indexed = "made" | "known" | "full" | "large";

/** Indexes a path. One the node made by itself makes room for one that is asked for. */
export const dsIndex = operation(
  "ds.index",
  (
    db,
    p: Named & {
      readonly path: string;
      readonly at: number;
      readonly automatic: boolean;
      readonly collections: number;
      /** Documents an automatic one may have to read. */
      readonly maxDocuments: number;
    },
  ): Indexed => {
    indexPath(p.path);
    const collection = p.automatic
      ? findCollection(db, p.owner, p.name)
      : makeCollection(db, p.owner, { name: p.name, at: p.at, max: p.collections });
    if (!collection) return "known";
    const indexes = indexesOf(db, collection);
    const known = indexes.find(({ text }) => text === p.path);
    if (known) {
      // What is asked for outright is no longer the node's to take away.
      if (!p.automatic) db.run("UPDATE ds_indexes SET automatic = 0 WHERE id = ?", known.id);
      return "known";
    }
    const automatic = indexes.filter((index) => index.automatic);
    if (p.automatic) {
      const { documents } = countsOf(db, collection, p.owner);
      if (indexes.length >= MAX_INDEXES || automatic.length >= MAX_AUTOMATIC) return "full";
      if (documents > p.maxDocuments) return "large";
    } else if (indexes.length >= MAX_INDEXES) {
      if (automatic.length === 0) {
        throw new FaztError(
          "QUOTA",
          `Cannot index ${quoted(p.path)}: a collection has at most ` +
            `${MAX_INDEXES} indexes`,
          { details: { used: indexes.length, max: MAX_INDEXES } },
        );
      }
      dropIndex(db, collection, automatic[0]!);
    }
    addIndex(db, collection, { text: p.path, automatic: p.automatic, at: p.at });
    return "made";
  },
);

/**
 * Drops what somebody keeps in a collection. What belongs to the whole app goes at once, its table
 * is emptied later; of a person's documents at most `limit` go, false when there are more.
 */
export const dsDrop = operation(
  "ds.drop",
  (db, p: Named & { readonly limit: number }): { found: boolean; done: boolean } => {
    const collection = findCollection(db, p.owner, p.name);
    if (!collection) return { found: false, done: true };
    const { documents, bytes } = countsOf(db, collection, p.owner);
    if (!collection.people) {
      addUsage(db, p.owner, { pillar: "ds", entries: -documents, bytes: -bytes });
      db.run("DELETE FROM ds_counts WHERE collection_id = ?", collection.id);
      db.run("DELETE FROM ds_indexes WHERE collection_id = ?", collection.id);
      db.run("UPDATE ds_collections SET name = NULL WHERE id = ?", collection.id);
      dropShards(db, p.owner, collection.id);
      return { found: true, done: true };
    }
    let [gone, freed] = [0, 0];
    for (const table of tablesOf(db, collection)) {
      const rows = db.all<{ size: number }>(
        `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE user_id = ? LIMIT ?) ` +
          "RETURNING size",
        p.owner.userId,
        p.limit - gone,
      );
      gone += rows.length;
      freed += rows.reduce((sum, { size }) => sum + size, 0);
    }
    book(db, collection, { owner: p.owner, documents: -gone, bytes: -freed });
    return { found: documents > 0, done: gone < p.limit };
  },
  { essential: true },
);

/** Empties tables of dropped collections a little; false when there is none left. */
export const dsSweep = operation("ds.sweep", (db, p: { readonly limit: number }): boolean => {
  if (removeShardTable(db, p)) return true;
  const row = db.get<{ id: number }>("SELECT id FROM ds_collections WHERE name IS NULL LIMIT 1");
  if (!row) return false;
  removeTables(db, row, p.limit);
  return true;
}, { essential: true });

/** One small step of removing an app's tables; false when none is left. */
export function purgeCollections(
  db: Connection,
  { appId, limit }: { readonly appId: string; readonly limit: number },
): boolean {
  const row = db.get<{ id: number }>(
    "SELECT id FROM ds_collections WHERE app_id = ? LIMIT 1",
    appId,
  );
  if (!row) return false;
  // What it keeps is forgotten with it: nothing is booked.
  db.run("UPDATE ds_shards SET state = 'dropped' WHERE app_id = ? AND state <> 'dropped'", appId);
  if (removeShardTable(db, { appId, limit })) return true;
  removeTables(db, row, limit);
  return true;
}

/** A large table is emptied before it is dropped: neither step takes long. */
function removeTables(db: Connection, collection: { readonly id: number }, limit: number): void {
  if (!removeTable(db, baseTable(collection), limit)) return;
  db.run("DELETE FROM ds_shardings WHERE collection_id = ?", collection.id);
  db.run("DELETE FROM ds_shards WHERE collection_id = ?", collection.id);
  db.run("DELETE FROM ds_collections WHERE id = ?", collection.id);
}
