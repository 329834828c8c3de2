import { type StorageCopier, tableCopier } from "./copier.ts";
import { DS_LONG_READS, DS_MOVE, DS_WRITES, purgeCollections } from "./ds/operations.ts";
import type { DynamicTables } from "./dynamic_tables.ts";
import { KV_WRITES } from "./kv/operations.ts";
import type { PillarMove } from "./moving.ts";
import {
  confine,
  dropSomeRows,
  physical,
  RD_LONG_READS,
  RD_MOVE,
  RD_WRITES,
} from "./rd/operations.ts";
import { S3_LONG_READS, S3_MOVE, S3_WRITES } from "./s3/operations.ts";

export type { DynamicTable, DynamicTables } from "./dynamic_tables.ts";
export type { CopyCursor, CopyProgress, CopyStep, StorageCopier } from "./copier.ts";
export type { PillarMove, Places, TakenRows } from "./moving.ts";
export { addUsage, assertRoom, quotaError, usageOf } from "./usage.ts";

/** The writes of every pillar. */
export const STORAGE_WRITES = [...KV_WRITES, ...DS_WRITES, ...RD_WRITES, ...S3_WRITES];

/** The long reads of every pillar. */
export const STORAGE_LONG_READS = [...DS_LONG_READS, ...RD_LONG_READS, ...S3_LONG_READS];

/** What a fork copies, in this order: every pillar stands here with what it keeps of an app. */
export const STORAGE_COPIERS: readonly StorageCopier[] = [
  tableCopier("kv", { pillar: "kv", size: "size" }),
  tableCopier("objects", { pillar: "s3", size: "size" }),
];

/** Pillars with tables of their own for each thing an app has: each adds itself here. */
export const DYNAMIC_TABLES: readonly DynamicTables[] = [
  {
    pillar: "ds",
    jsonb: ["body"],
    list: (db) =>
      db.all(
        "SELECT 'ds_' || id AS name, app_id AS appId FROM ds_collections UNION ALL " +
          "SELECT 'ds_s' || id, app_id FROM ds_shards WHERE present = 1",
      ),
    drop: purgeCollections,
  },
  {
    pillar: "rd",
    list: (db) =>
      db.all<{ id: string; appId: string }>("SELECT id, app_id AS appId FROM rd_tables")
        .map(({ id, appId }) => ({ name: physical(id).table, appId })),
    // Their triggers count what changes through a function.
    prepare: (db) => confine(db).forget(),
    drop: dropSomeRows,
  },
];

/** How the pillars move that have more than rows with an `app_id`. */
export const STORAGE_MOVES: readonly PillarMove[] = [DS_MOVE, RD_MOVE, S3_MOVE];
