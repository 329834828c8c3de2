import type { Row } from "../db/mod.ts";
import { newId } from "../lib/ids.ts";
import { createValueCodec } from "../lib/value_codec.ts";
import { isSoundJob, nextTime, recurrenceFault } from "../schedule/mod.ts";

/** Where rows go. */
export interface Admission {
  readonly appId: string;
  /** Unix ms. */
  readonly at: number;
}

/** How the rows of one table move with an app. A table that is not named here moves as it is. */
export interface AppTable {
  readonly name: string;
  /** Why its rows stay where they are. */
  readonly stays?: string;
  /** Comes once the code is there, because something may happen at once. */
  readonly afterCode?: true;
  /**
   * A row of a stranger's file as it may be kept; undefined drops it. It has the types that its
   * columns declare, and the new `app_id`.
   */
  readonly admit?: (row: Row, to: Admission) => Row | undefined;
  /** How it counts, for what is counted as rows change. */
  readonly usage?: { readonly pillar: string; readonly bytes: (row: Row) => number };
}

const codec = createValueCodec();
const HISTORY = "it is history of the node it is on";
const OWNERS = "it is for the owner of each node to say";
// A row says of a cid what its content is: a stranger's word would be taken for everybody's.
const CHECKED = "fazt fs export and import move what is pinned, each block checked";
const SHARDS = "its numbers are of the node it is on: the app declares it anew";
const CODE = "code is deployed anew from its files";

/** Tables that move in a way of their own. */
export const APP_TABLES: readonly AppTable[] = [
  ...["apps", "app_sources", "revisions", "files", "folders", "app_env"].map((name) => ({
    name,
    stays: CODE,
  })),
  ...[
    "activity",
    "access_log",
    "logs",
    "runs",
    "egress_logs",
    "events",
    "event_deliveries",
    "app_imports",
  ]
    .map((name) => ({ name, stays: HISTORY })),
  ...["visit_counts", "visit_names"].map((name) => ({ name, stays: HISTORY })),
  ...["secrets", "grants", "egress_rules", "aliases", "domains", "redirects"]
    .map((name) => ({ name, stays: OWNERS })),
  ...["ds_shards", "ds_shardings"].map((name) => ({ name, stays: SHARDS })),
  ...["storage_usage", "storage_totals", "ds_counts"].map((name) => ({
    name,
    stays: "it is counted anew",
  })),
  ...["pins", "pin_entries", "pin_nodes"].map((name) => ({ name, stays: CHECKED })),
  { name: "kv", admit: admitKv, usage: { pillar: "kv", bytes: kvBytes } },
  { name: "cron_jobs", admit: admitCron },
  { name: "jobs", admit: admitJob, afterCode: true },
];

function kvBytes(row: Row): number {
  const length = (value: unknown) => new TextEncoder().encode(String(value)).length;
  return length(row.key) + length(row.value);
}

function admitKv(row: Row): Row | undefined {
  const { key } = row;
  if (typeof row.value !== "string" || typeof key !== "string") return undefined;
  if (key.length === 0 || key.includes("\0") || !key.isWellFormed()) return undefined;
  if (!/^usr_[a-z0-9]{1,20}$/.test(String(row.user_id))) return undefined;
  try {
    codec.decode(row.value);
  } catch {
    return undefined;
  }
  return { ...row, size: kvBytes(row) };
}

/** Its history and place stay; when it runs next is for this node to say. */
function admitCron(row: Row, { at }: Admission): Row | undefined {
  const when = { schedule: String(row.schedule), timezone: String(row.timezone) };
  if (recurrenceFault(when) !== undefined) return undefined;
  return { ...row, id: newId("job"), next_at: nextTime(when, at) ?? null };
}

/** A one-off job; one that ran when the file was made runs again, as after a crash. */
function admitJob(row: Row, { at }: Admission): Row | undefined {
  if (row.cron_id !== null) return undefined;
  const status = row.status === "dead" ? "dead" : "waiting";
  if (!isSoundJob(row)) return undefined;
  const next_at = status === "dead" ? null : row.next_at ?? at;
  return { ...row, id: newId("job"), status, next_at };
}
