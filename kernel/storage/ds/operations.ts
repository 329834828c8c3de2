import {
  dsArchive,
  dsMatch,
  dsRestoreBegin,
  dsRestoreEnd,
  dsRestorePart,
  dsRestoreStop,
  dsShardPage,
} from "./archive_operations.ts";
import { dsDrop, dsIndex, dsSweep } from "./catalog_operations.ts";
import { dsCount, dsFind, dsPlaces } from "./read_operations.ts";
import { dsRetire, dsShard, dsSort } from "./shard_operations.ts";
import { dsDelete, dsInsert, dsUpdate } from "./write_operations.ts";

export { purgeCollections } from "./catalog_operations.ts";
export { DS_MOVE } from "./moving.ts";

/** The writes of the document pillar. */
export const DS_WRITES = [
  ...[dsInsert, dsUpdate, dsDelete, dsIndex, dsDrop, dsSweep],
  ...[dsShard, dsSort, dsRetire],
  ...[dsArchive, dsRestoreBegin, dsRestorePart, dsRestoreEnd, dsRestoreStop],
];
/** Its long reads. */
export const DS_LONG_READS = [dsFind, dsPlaces, dsCount, dsShardPage, dsMatch];
