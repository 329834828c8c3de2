import { type Connection, operation } from "../db/mod.ts";
import { sourceOf } from "./event_type.ts";
import { matchesType, parsePattern } from "./pattern.ts";
import type { DeliveryRow, StoredEvent } from "./shapes.ts";

/** The next delivery of a lane with its event. */
export interface Owed {
  readonly id: number;
  readonly handler: string;
  readonly attempts: number;
  readonly nextAt: number;
  readonly n: number;
  readonly eventId: string;
  readonly type: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly retries: number;
  readonly depth: number;
  readonly correlationId: string | null;
  readonly data: string;
}

/** What an app is owed first of what one emitter sent. */
export function nextOwed(db: Connection, appId: string, sourceId: string): Owed | undefined {
  return db.get<Owed>(
    "SELECT d.id, d.handler, d.attempts, d.next_at AS nextAt, e.n, e.id AS eventId, e.type, e.at, " +
      "e.expires_at AS expiresAt, e.retries, e.depth, e.correlation_id AS correlationId, e.data " +
      "FROM event_deliveries d JOIN events e ON e.n = d.event_n WHERE d.app_id = ? AND " +
      "d.source_id = ? AND d.state = 'pending' ORDER BY d.event_n, d.id LIMIT 1",
    appId,
    sourceId,
  );
}

/** How many deliveries are owed, by subscriber and emitter. */
export function owedCounts(
  db: Connection,
): { readonly appId: string; readonly sourceId: string; readonly count: number }[] {
  return db.all(
    "SELECT app_id AS appId, source_id AS sourceId, count(*) AS count FROM event_deliveries " +
      "WHERE state = 'pending' GROUP BY app_id, source_id",
  );
}

/** What {@link listDeliveries} should list. */
export interface DeliveryQuery {
  readonly appId?: string | undefined;
  readonly state?: "pending" | "dead" | undefined;
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined;
  /** Only ids below it: the next page. */
  readonly before?: number | undefined;
}

/** Deliveries that are owed or were given up, newest first. */
export function listDeliveries(db: Connection, query: DeliveryQuery): DeliveryRow[] {
  const where = ["d.id < ?"];
  const params: (string | number)[] = [query.before ?? Number.MAX_SAFE_INTEGER];
  if (query.appId !== undefined) {
    where.push("d.app_id = ?");
    params.push(query.appId);
  }
  if (query.state !== undefined) {
    where.push("d.state = ?");
    params.push(query.state);
  }
  type Row = Omit<DeliveryRow, "error"> & { code: string | null; message: string | null };
  return db.all<Row>(
    "SELECT d.id, e.id AS eventId, e.type, d.app_id AS appId, d.handler, d.state, d.attempts, " +
      "d.next_at AS nextAt, d.updated_at AS updatedAt, d.error_code AS code, " +
      "d.error_message AS message FROM event_deliveries d JOIN events e ON e.n = d.event_n " +
      `WHERE ${where.join(" AND ")} ORDER BY d.id DESC LIMIT ?`,
    ...params,
    Math.min(query.limit ?? 100, 1000),
  ).map(({ code, message, ...row }) =>
    code === null ? row : { ...row, error: { code, message: message ?? "" } }
  );
}

/** Parameters of {@link searchEvents}. */
export interface Search {
  readonly at: number;
  readonly pattern: string;
  readonly since: number;
  readonly before: number;
  readonly limit: number;
  /** Only what this app emitted. */
  readonly appId?: string | undefined;
  /** Only what this app may see: its own, and what these patterns match. */
  readonly viewer?: { readonly appId: string; readonly patterns: readonly string[] } | undefined;
}

/** One page of kept events, newest first; a search for rare ones may fill it partly or not at all. */
export interface EventPage {
  readonly items: StoredEvent[];
  /** Where the next page begins; absent when there is none. */
  readonly before?: number;
}

/** Rows one search looks at; a rare type takes several pages instead of one long read. */
const MAX_SCAN = 20_000;
/** Rows read at once. */
const STEP = 500;
/** How far the machine's clock may have been set back without hiding events, ms. */
const CLOCK_SLACK = 60_000;

interface Head {
  readonly n: number;
  readonly app_id: string | null;
  readonly type: string;
  readonly at: number;
  readonly expires_at: number;
}

/** Looks kept events through, newest first. */
export const searchEvents = operation("events.search", (db, p: Search): EventPage => {
  const pattern = parsePattern(p.pattern);
  const seen = p.viewer?.patterns.map((text) => parsePattern(text)) ?? [];
  const visible = (row: Head) =>
    p.viewer === undefined || row.app_id === p.viewer.appId ||
    seen.some((one) => matchesType(one, row.type));
  const [only, params] = p.appId === undefined ? ["", []] : ["app_id = ? AND ", [p.appId]];
  const items: StoredEvent[] = [];
  let before = p.before;
  for (let scanned = 0; scanned < MAX_SCAN; scanned += STEP) {
    const rows = db.all<Head>(
      `SELECT n, app_id, type, at, expires_at FROM events WHERE ${only}n < ? ` +
        `ORDER BY n DESC LIMIT ${STEP}`,
      ...params,
      before,
    );
    for (const row of rows) {
      if (row.at < p.since - CLOCK_SLACK) return { items };
      const wanted = row.at >= p.since && row.expires_at > p.at && visible(row) &&
        matchesType(pattern, row.type);
      if (wanted) items.push(storedEvent(db, row.n));
      if (items.length === p.limit) return { items, before: row.n };
      before = row.n;
    }
    if (rows.length < STEP) return { items };
  }
  return { items, before };
});

function storedEvent(db: Connection, n: number): StoredEvent {
  const { data, correlationId, ...row } = db.get<
    Omit<StoredEvent, "data" | "source" | "correlationId"> & {
      data: string;
      correlationId: string | null;
    }
  >(
    "SELECT n, id, type, at, expires_at AS expiresAt, depth, correlation_id AS correlationId, " +
      "data FROM events WHERE n = ?",
    n,
  )!;
  return {
    ...row,
    source: sourceOf(row.type),
    data: JSON.parse(data),
    ...(correlationId === null ? {} : { correlationId }),
  };
}

/** The long reads of this folder. */
export const EVENTS_LONG_READS = [searchEvents];
