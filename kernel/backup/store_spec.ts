import { dirname } from "node:path";
import type { SettingKey } from "../config/mod.ts";
import type { StoreSpec } from "./open_store.ts";

/** The settings that say where backups lie. */
export type StoreSetting = Extract<SettingKey, "backup.folder" | `backup.s3.${string}`>;

/** Where settings come from, and the key of the bucket. */
export interface StoreSource {
  /** The database the backups are of. */
  readonly dbPath: string;
  readonly get: (key: StoreSetting) => string;
  /** Asked only where there is a bucket. @throws {FaztError} when there is none. */
  readonly secretKey: () => string;
}

/** The store that settings name: a bucket where there is one, else a folder. */
export function storeSpec({ dbPath, get, secretKey }: StoreSource): StoreSpec {
  const bucket = get("backup.s3.bucket");
  if (bucket === "") {
    return { kind: "folder", folder: get("backup.folder") || `${dirname(dbPath)}/backups` };
  }
  return {
    kind: "s3",
    options: {
      bucket,
      endpoint: get("backup.s3.endpoint"),
      region: get("backup.s3.region"),
      prefix: get("backup.s3.prefix"),
      accessKeyId: get("backup.s3.accessKeyId"),
      secretAccessKey: secretKey(),
      pathStyle: get("backup.s3.addressing") === "path",
    },
  };
}
