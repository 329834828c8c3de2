export type { ShardInfo, ShardOptions } from "./shard_store.ts";
export { type CollectionInfo, DsStore, type FindOptions, type Note, sharedBy } from "./ds.ts";
export { dsSyscalls } from "./ds_syscalls.ts";
export type { DsLimits } from "./limits.ts";
