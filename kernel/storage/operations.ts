import type { Connection } from "../db/mod.ts";
import { DS_LONG_READS, DS_WRITES, purgeCollections } from "./ds/operations.ts";
import { type StorageCopier, tableCopier } from "./copier.ts";
import { KV_WRITES } from "./kv/operations.ts";
import { dropSomeRows, RD_LONG_READS, RD_WRITES } from "./rd/operations.ts";
import { S3_LONG_READS, S3_WRITES } from "./s3/operations.ts";

export {
  ALLOWED_FUNCTIONS,
  boundedFunctions,
  Budget,
  checkLoops,
  confine,
  DONE,
  LIMITS,
  MAX_SQL,
  readProgram,
  readRows,
  readStatement,
  rowBytes,
  sqlError,
  type Statement,
  TICK,
  withEnd,
} from "./rd/operations.ts";
export type { CopyCursor, CopyProgress, CopyStep, StorageCopier } from "./copier.ts";
export { addUsage, assertRoom, quotaError, usageOf } from "./usage.ts";

/** The writes of every pillar. */
export const STORAGE_WRITES = [...KV_WRITES, ...DS_WRITES, ...RD_WRITES, ...S3_WRITES];

/** The long reads of every pillar. */
export const STORAGE_LONG_READS = [...DS_LONG_READS, ...RD_LONG_READS, ...S3_LONG_READS];

/** Drops some of an app's own tables, or rows in them; false when none is left. */
export function dropStorage(
  db: Connection,
  of: { readonly appId: string; readonly limit: number },
): boolean {
  return purgeCollections(db, of) || dropSomeRows(db, of);
}

/** What a fork copies, in this order: every pillar stands here with what it keeps of an app. */
export const STORAGE_COPIERS: readonly StorageCopier[] = [
  tableCopier("kv", { pillar: "kv", size: "size" }),
  tableCopier("objects", { pillar: "s3", size: "size" }),
];
