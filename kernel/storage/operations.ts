import { KV_WRITES } from "./kv/operations.ts";

export { addUsage, quotaError, usageOf } from "./usage.ts";

/** The writes of every pillar. */
export const STORAGE_WRITES = [...KV_WRITES];
