export { S3Client, type S3Options } from "./external/mod.ts";
export type { Migrated } from "./migrate.ts";
export type { ObjectHead, ObjectInput, ObjectPage, ObjectProvider, Range } from "./object.ts";
export { ObjectStore, type PutOptions, type UrlOptions } from "./object_store.ts";
export type { ProviderInfo } from "./providers.ts";
export { s3Syscalls } from "./s3_syscalls.ts";
export { SIGNED_PATH, type Ticket } from "./signed_url.ts";
