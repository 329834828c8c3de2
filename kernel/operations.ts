// The database workers load this and what it imports, each its own copy: only files of operations.
import { ACCESS_WRITES } from "./access/operations.ts";
import { ANALYTICS_LONG_READS, ANALYTICS_WRITES } from "./analytics/operations.ts";
import { BACKUP_WRITES } from "./backup/operations.ts";
import { APPS_LONG_READS, APPS_WRITES } from "./apps/operations.ts";
import { SETTINGS_WRITES } from "./config/operations.ts";
import { CONTENT_LONG_READS, CONTENT_WRITES } from "./content/operations.ts";
import { type AnyOperation, DB_LONG_READS } from "./db/mod.ts";
import { EGRESS_WRITES } from "./egress/operations.ts";
import { EVENTS_LONG_READS, EVENTS_WRITES } from "./events/operations.ts";
import { FS_LONG_READS, FS_WRITES } from "./fs/operations.ts";
import { LINKS_WRITES } from "./links/operations.ts";
import { LOG_LONG_READS, LOG_WRITES } from "./log/mod.ts";
import { CERTIFICATES_WRITES } from "./net/certificates/operations.ts";
import { DOMAINS_WRITES } from "./net/domains/operations.ts";
import { NODE_WRITES } from "./node_record.ts";
import { OWNERSHIP_LONG_READS, OWNERSHIP_WRITES } from "./ownership/operations.ts";
import { PEER_WRITES } from "./peers/operations.ts";
import { SCHEDULE_WRITES } from "./schedule/operations.ts";
import { SECRETS_WRITES } from "./secrets/operations.ts";
import { SECURITY_WRITES } from "./security/operations.ts";
import { TRAFFIC_WRITES } from "./traffic/operations.ts";
import { SOURCES_WRITES } from "./sources/operations.ts";
import "./storage/ds/regex/operations.ts";
import { SQL_LONG_READS, SQL_WRITES } from "./sql/operations.ts";
import { STORAGE_LONG_READS, STORAGE_WRITES } from "./storage/operations.ts";
import { TRANSFER_WRITES } from "./transfer/operations.ts";
import { UPGRADE_WRITES } from "./upgrade/operations.ts";

/** Every change the writer knows. */
export const WRITES: readonly AnyOperation[] = [
  ...ACCESS_WRITES,
  ...ANALYTICS_WRITES,
  ...APPS_WRITES,
  ...CONTENT_WRITES,
  ...BACKUP_WRITES,
  ...EVENTS_WRITES,
  ...EGRESS_WRITES,
  ...FS_WRITES,
  ...STORAGE_WRITES,
  ...LINKS_WRITES,
  ...LOG_WRITES,
  ...CERTIFICATES_WRITES,
  ...DOMAINS_WRITES,
  ...NODE_WRITES,
  ...OWNERSHIP_WRITES,
  ...PEER_WRITES,
  ...SCHEDULE_WRITES,
  ...SECRETS_WRITES,
  ...SECURITY_WRITES,
  ...SETTINGS_WRITES,
  ...SOURCES_WRITES,
  ...TRAFFIC_WRITES,
  ...SQL_WRITES,
  ...TRANSFER_WRITES,
  ...UPGRADE_WRITES,
];

/** Every long read the background worker knows. */
export const LONG_READS: readonly AnyOperation[] = [
  ...ANALYTICS_LONG_READS,
  ...APPS_LONG_READS,
  ...DB_LONG_READS,
  ...CONTENT_LONG_READS,
  ...EVENTS_LONG_READS,
  ...FS_LONG_READS,
  ...LOG_LONG_READS,
  ...OWNERSHIP_LONG_READS,
  ...STORAGE_LONG_READS,
  ...SQL_LONG_READS,
];
