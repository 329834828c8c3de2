export { type KvItem, type KvPut, KvStore } from "./kv/mod.ts";
export { StorageLimits } from "./limits.ts";
export { Storage } from "./storage.ts";
export { type Owner, usageOf } from "./usage.ts";
