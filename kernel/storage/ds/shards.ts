import type { Connection } from "../../db/mod.ts";
import type { Bounds, Period, Sharding } from "./shard_key.ts";

/** A shard whose documents are searched. */
export interface Shard extends Bounds {
  readonly id: number;
}

/** The table of a shard. */
export const shardTable = (id: number): string => `ds_s${id}`;

/** The shard a table is of. */
export const shardOf = (table: string): number => Number(table.slice("ds_s".length));

/** How a collection is split; undefined where it is not. */
export function shardingOf(db: Connection, collectionId: number): Sharding | undefined {
  const row = db.get<{
    period: Period;
    path: string | null;
    prefix: string | null;
    keep_ms: number | null;
    archive_ms: number | null;
  }>(
    "SELECT period, path, prefix, keep_ms, archive_ms FROM ds_shardings WHERE collection_id = ?",
    collectionId,
  );
  if (!row) return undefined;
  const { period, path, prefix, keep_ms, archive_ms } = row;
  return {
    period,
    ...(path === null ? {} : { path }),
    ...(prefix === null ? {} : { prefix }),
    ...(keep_ms === null ? {} : { keepMs: keep_ms }),
    ...(archive_ms === null ? {} : { archiveMs: archive_ms }),
  };
}

/** The shards of a collection that are searched, the oldest period first. */
export function openShards(db: Connection, collectionId: number): Shard[] {
  return db.all<Shard>(
    'SELECT id, prefix, from_ms AS "from", to_ms AS "to" FROM ds_shards ' +
      "WHERE collection_id = ? AND state = 'open' ORDER BY from_ms, id",
    collectionId,
  );
}

/** The shards of a collection that come back from their archives. */
export function restoringShards(db: Connection, collectionId: number): number[] {
  return db.all<{ id: number }>(
    "SELECT id FROM ds_shards WHERE collection_id = ? AND state = 'restoring'",
    collectionId,
  ).map(({ id }) => id);
}

/** Takes the next places in a collection's order of insertion; the first of them. */
export function takePlaces(db: Connection, collectionId: number, count: number): number {
  return db.get<{ next: number }>(
    "UPDATE ds_shardings SET next_seq = next_seq + ? WHERE collection_id = ? " +
      "RETURNING next_seq AS next",
    count,
    collectionId,
  )!.next - count;
}

/** Books what changed in a shard. */
export function addShardCounts(
  db: Connection,
  id: number,
  { documents, bytes, at }: {
    readonly documents: number;
    readonly bytes: number;
    readonly at: number;
  },
): void {
  db.run(
    "UPDATE ds_shards SET documents = documents + ?, bytes = bytes + ?, changes = changes + 1, " +
      "changed_at = ? WHERE id = ?",
    documents,
    bytes,
    at,
    id,
  );
}
