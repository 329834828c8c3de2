import type { Connection } from "../../db/mod.ts";
import { SYSTEM_USER } from "../../lib/ids.ts";
import { addUsage, type Owner } from "../usage.ts";
import type { Collection } from "./catalog.ts";
import { book } from "./documents.ts";
import { shardTable } from "./shards.ts";

/** One step of removing a table, which is empty or small then; tells whether it is gone. */
export function removeTable(db: Connection, table: string, limit: number): boolean {
  // Rows go many times faster without indexes, and each index goes at once.
  const index = db.get<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? LIMIT 1",
    table,
  );
  if (index) {
    db.exec(`DROP INDEX ${index.name}`);
    return false;
  }
  const gone = db.run(
    `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} LIMIT ?)`,
    limit,
  );
  if (gone === limit) return false;
  db.exec(`DROP TABLE ${table}`);
  return true;
}

/** One step of removing the tables of shards that are no longer open; false when none is left. */
export function removeShardTable(
  db: Connection,
  { appId, limit }: { readonly appId?: string | undefined; readonly limit: number },
): boolean {
  const shard = db.get<{ id: number; state: string }>(
    "SELECT id, state FROM ds_shards WHERE state IN ('archived', 'dropped') AND present = 1 " +
      "AND (?1 IS NULL OR app_id = ?1) ORDER BY id LIMIT 1",
    appId ?? null,
  );
  if (!shard) return false;
  if (!removeTable(db, shardTable(shard.id), limit)) return true;
  if (shard.state === "dropped") db.run("DELETE FROM ds_shards WHERE id = ?", shard.id);
  else db.run("UPDATE ds_shards SET present = 0 WHERE id = ?", shard.id);
  return true;
}

/** Drops all shards of a collection whose documents are booked out already. */
export function dropShards(db: Connection, owner: Owner, collectionId: number): void {
  const { bytes } = db.get<{ bytes: number }>(
    "SELECT coalesce(sum(stored_bytes), 0) AS bytes FROM ds_shards WHERE collection_id = ?",
    collectionId,
  )!;
  addUsage(db, owner, { pillar: "ds", entries: 0, bytes: -bytes });
  db.run("DELETE FROM ds_shards WHERE collection_id = ? AND present = 0", collectionId);
  db.run(
    "UPDATE ds_shards SET state = 'dropped', cid = NULL WHERE collection_id = ?",
    collectionId,
  );
}

/** The documents of an open shard are no longer its collection's. */
export function bookOut(
  db: Connection,
  row: { collection_id: number; app_id: string; documents: number; bytes: number },
): void {
  const owner = { appId: row.app_id, userId: SYSTEM_USER };
  // Only its number matters for what is counted.
  const collection: Collection = {
    id: row.collection_id,
    appId: row.app_id,
    people: false,
    name: "",
  };
  book(db, collection, { owner, documents: -row.documents, bytes: -row.bytes });
}
