import { DS_LONG_READS, DS_WRITES } from "./ds/operations.ts";
import { KV_WRITES } from "./kv/operations.ts";

export { purgeCollections } from "./ds/operations.ts";
export { addUsage, quotaError, usageOf } from "./usage.ts";

/** The writes of every pillar. */
export const STORAGE_WRITES = [...KV_WRITES, ...DS_WRITES];
/** The long reads of every pillar. */
export const STORAGE_LONG_READS = [...DS_LONG_READS];
