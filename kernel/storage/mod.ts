export {
  type CollectionInfo,
  DsStore,
  type FindOptions,
  type ShardInfo,
  type ShardOptions,
} from "./ds/mod.ts";
export { type KvItem, type KvPut, KvStore } from "./kv/mod.ts";
export {
  type Migrated,
  type ObjectHead,
  type ObjectInput,
  type ObjectPage,
  type ObjectProvider,
  ObjectStore,
  type ProviderInfo,
  type PutOptions,
  S3Client,
  type S3Options,
  SIGNED_PATH,
  type UrlOptions,
} from "./s3/mod.ts";
export type { GivenTable, MoveLimits } from "./moving.ts";
export { StorageLimits } from "./limits.ts";
export { type Change, RdStore, type Rows, type Table, type TableSchema } from "./rd/mod.ts";
export { Storage } from "./storage.ts";
export { type AppUsage, type Owner, usageOf } from "./usage.ts";
