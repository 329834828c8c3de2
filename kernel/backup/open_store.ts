import type { S3Options } from "../storage/mod.ts";
import { FolderStore } from "./folder_store.ts";
import { S3Store } from "./s3_store.ts";
import type { BackupStore } from "./store.ts";

/** Which store, in a form that a worker can be told. */
export type StoreSpec =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "s3"; readonly options: S3Options };

/** Opens a store. @throws {FaztError} `INVALID` for a bucket that cannot be. */
export function openStore(spec: StoreSpec): BackupStore {
  return spec.kind === "folder" ? new FolderStore(spec.folder) : new S3Store(spec.options);
}
