import { type Connection, operation } from "../db/mod.ts";
import { addUsage, quotaError, usageOf } from "../storage/operations.ts";
import { SYSTEM } from "./event_type.ts";

/** One event on its way into the database. */
export interface EventParams {
  readonly id: string;
  /** Null is the kernel. */
  readonly appId: string | null;
  readonly userId: string;
  readonly type: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly persist: boolean;
  /** Attempts after the first. */
  readonly retries: number;
  readonly depth: number;
  readonly correlationId: string | null;
  /** JSON. */
  readonly data: string;
}

/** A failure as it is written down. */
export interface Failure {
  readonly id: number;
  readonly attempts: number;
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

/** What a row costs besides its data: its other columns and its place in the indexes, bytes. */
const ROW_BYTES = 256;
const PILLAR = "events";

/** Writes an event and what is owed to its subscribers; returns its number. */
export const insertEvent = operation("events.insert", (db, p: {
  readonly event: EventParams;
  readonly deliveries: readonly { readonly appId: string; readonly handler: string }[];
  readonly maxBytes: number;
}): number => {
  const e = p.event;
  const size = new TextEncoder().encode(e.data).length + ROW_BYTES;
  if (e.appId !== null) {
    const used = usageOf(db, e.appId, PILLAR).bytes;
    if (used + size > p.maxBytes) throw quotaError("events.appMb", used, p.maxBytes);
    addUsage(db, { appId: e.appId, userId: e.userId }, {
      pillar: PILLAR,
      entries: 1,
      bytes: size,
    });
  }
  const { n } = db.get<{ n: number }>(
    "INSERT INTO events (id, app_id, user_id, type, at, expires_at, persist, retries, depth, " +
      "size, correlation_id, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n",
    e.id,
    e.appId,
    e.userId,
    e.type,
    e.at,
    e.expiresAt,
    e.persist ? 1 : 0,
    e.retries,
    e.depth,
    size,
    e.correlationId,
    e.data,
  )!;
  for (const { appId, handler } of p.deliveries) {
    db.run(
      "INSERT INTO event_deliveries (event_n, app_id, user_id, source_id, handler, next_at, " +
        "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      n,
      appId,
      e.userId,
      e.appId ?? SYSTEM,
      handler,
      e.at,
      e.at,
    );
  }
  return n;
});

interface Stored {
  readonly n: number;
  readonly app_id: string | null;
  readonly user_id: string;
  readonly size: number;
}

/** Deletes an event with whatever is still owed of it. */
function dropEvent(db: Connection, row: Stored): void {
  db.run("DELETE FROM events WHERE n = ?", row.n);
  if (row.app_id === null) return;
  addUsage(db, { appId: row.app_id, userId: row.user_id }, {
    pillar: PILLAR,
    entries: -1,
    bytes: -row.size,
  });
}

/** Deletes an event nobody asked to keep once nothing is owed of it any more. */
function dropIfDone(db: Connection, n: number): void {
  const row = db.get<Stored>(
    "SELECT n, app_id, user_id, size FROM events WHERE n = ? AND persist = 0 AND NOT EXISTS " +
      "(SELECT 1 FROM event_deliveries WHERE event_n = events.n)",
    n,
  );
  if (row) dropEvent(db, row);
}

/** A delivery that succeeded: nothing is owed any more. Tells whether it still was. */
export const deliveryDone = operation("events.done", (db, p: { readonly id: number }): boolean => {
  const row = db.get<{ event_n: number }>(
    "DELETE FROM event_deliveries WHERE id = ? RETURNING event_n",
    p.id,
  );
  if (row) dropIfDone(db, row.event_n);
  return row !== undefined;
});

/** A delivery that failed and is tried again at `nextAt`. */
export const deliveryFailed = operation(
  "events.failed",
  (db, p: Failure & { readonly nextAt: number }) => settle(db, p, "pending", p.nextAt),
);

/** A delivery that is given up. Tells whether it was still owed. */
export const deliveryDead = operation(
  "events.dead",
  (db, p: Failure) => settle(db, p, "dead", p.at),
);

function settle(db: Connection, p: Failure, state: string, nextAt: number): boolean {
  return db.run(
    "UPDATE event_deliveries SET state = ?, attempts = ?, next_at = ?, error_code = ?, " +
      "error_message = ?, updated_at = ? WHERE id = ?",
    state,
    p.attempts,
    nextAt,
    p.code,
    p.message,
    p.at,
    p.id,
  ) > 0;
}

/** Owes a delivery again that was given up; undefined when there is none of this id. */
export const retryDelivery = operation(
  "events.retry",
  (db, p: { readonly id: number; readonly at: number }) =>
    db.get<{ appId: string; sourceId: string }>(
      "UPDATE event_deliveries SET state = 'pending', attempts = 0, next_at = ?, updated_at = ? " +
        "WHERE id = ? AND state = 'dead' RETURNING app_id AS appId, source_id AS sourceId",
      p.at,
      p.at,
      p.id,
    ),
);

/** Forgets some of what is owed to an app; returns how many rows went. */
export const forgetDeliveries = operation(
  "events.forget",
  (db, p: { readonly appId: string; readonly limit: number }): number => {
    const rows = db.all<{ id: number; event_n: number }>(
      "SELECT id, event_n FROM event_deliveries WHERE app_id = ? LIMIT ?",
      p.appId,
      p.limit,
    );
    for (const row of rows) {
      db.run("DELETE FROM event_deliveries WHERE id = ?", row.id);
      dropIfDone(db, row.event_n);
    }
    return rows.length;
  },
);

/**
 * Deletes some events past their time, or emitted before `before`; returns how many, and whose
 * deliveries went with them unmade.
 */
export const expireEvents = operation("events.expire", (db, p: {
  readonly at: number;
  readonly before: number;
  readonly limit: number;
}): { events: number; unmade: string[] } => {
  const columns = "n, app_id, user_id, size, at";
  const expired = db.all<Stored>(
    `SELECT ${columns} FROM events WHERE expires_at <= ? LIMIT ?`,
    p.at,
    p.limit,
  );
  // Only a lowered setting finds any here. The oldest are first, so no index on "at" is needed.
  const rows = expired.length > 0 ? expired : db.all<Stored & { at: number }>(
    `SELECT ${columns} FROM events ORDER BY n LIMIT ?`,
    p.limit,
  ).filter((row) => row.at <= p.before);
  const unmade: string[] = [];
  for (const row of rows) {
    unmade.push(
      ...db.all<{ app_id: string }>(
        "SELECT app_id FROM event_deliveries WHERE event_n = ? AND state = 'pending'",
        row.n,
      ).map(({ app_id }) => app_id),
    );
    dropEvent(db, row);
  }
  return { events: rows.length, unmade };
});

/** Deletes some of the kernel's oldest events past the newest `keep`; returns how many. */
export const trimSystemEvents = operation(
  "events.trimSystem",
  (db, p: { readonly keep: number; readonly limit: number }): number =>
    db.run(
      "DELETE FROM events WHERE n IN (SELECT n FROM events WHERE app_id IS NULL AND n <= " +
        "(SELECT n FROM events WHERE app_id IS NULL ORDER BY n DESC LIMIT 1 OFFSET ?) " +
        "AND NOT EXISTS (SELECT 1 FROM event_deliveries WHERE event_n = events.n) LIMIT ?)",
      p.keep,
      p.limit,
    ),
);

/** The writes of this folder. */
export const EVENTS_WRITES = [
  insertEvent,
  deliveryDone,
  deliveryFailed,
  deliveryDead,
  retryDelivery,
  forgetDeliveries,
  expireEvents,
  trimSystemEvents,
];
