import { APPS_WRITES } from "./apps/mod.ts";
import { SETTINGS_WRITES } from "./config/mod.ts";
import { type AnyOperation, DB_LONG_READS } from "./db/mod.ts";
import { FS_LONG_READS, FS_WRITES } from "./fs/mod.ts";
import { LOG_WRITES } from "./log/mod.ts";
import { NODE_WRITES } from "./node_record.ts";
import { SECURITY_WRITES } from "./security/mod.ts";
import { KV_WRITES } from "./storage/mod.ts";

/** Every change the writer knows. */
export const WRITES: readonly AnyOperation[] = [
  ...APPS_WRITES,
  ...FS_WRITES,
  ...KV_WRITES,
  ...LOG_WRITES,
  ...NODE_WRITES,
  ...SECURITY_WRITES,
  ...SETTINGS_WRITES,
];

/** Every long read the background worker knows. */
export const LONG_READS: readonly AnyOperation[] = [...DB_LONG_READS, ...FS_LONG_READS];
