import { type Database, operation } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";

/** A change somebody asked for: who, from where, what, result. */
export interface ActivityEntry {
  readonly userId: string;
  readonly actor: string;
  readonly address?: string | undefined;
  /** `noun.verb`, such as `app.deploy`. */
  readonly action: string;
  readonly appId?: string | undefined;
  readonly target?: string | undefined;
  /** `ok`, or the code of the error. */
  readonly result: string;
  readonly details?: unknown;
}

/** One row as it is read. */
export interface ActivityRow {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly appId: string | null;
  readonly target: string | null;
  readonly result: string;
  readonly details?: unknown;
}

/** Rows kept. */
const MAX_ROWS = 100_000;

const insertActivity = operation(
  "activity.insert",
  (db, p: { readonly at: number; readonly entry: ActivityEntry }) => {
    const e = p.entry;
    db.run(
      "INSERT INTO activity (at, user_id, actor, address, action, app_id, target, result, details) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      p.at,
      e.userId,
      e.actor,
      e.address ?? null,
      e.action,
      e.appId ?? null,
      e.target ?? null,
      e.result,
      e.details === undefined ? null : JSON.stringify(e.details),
    );
  },
  { essential: true },
);
const trimActivity = operation(
  "activity.trim",
  (db, p: { readonly keep: number }) =>
    db.run(
      "DELETE FROM activity WHERE id <= (SELECT id FROM activity ORDER BY id DESC LIMIT 1 OFFSET ?)",
      p.keep,
    ),
  { essential: true },
);
/** The writes of the activity log. */
export const ACTIVITY_WRITES = [insertActivity, trimActivity];

/** The activity log: every change of the node, done or failed. */
export class Activity {
  constructor(
    private readonly db: Database,
    private readonly now: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Writes an entry behind the change itself. */
  record(entry: ActivityEntry): void {
    this.db.write(insertActivity, { at: this.now(), entry }).catch(this.onError);
  }

  /** Newest first; `before` pages by id. */
  list(options: {
    readonly limit?: number | undefined;
    readonly before?: number | undefined;
  } = {}): ActivityRow[] {
    return this.db.reader.all<Omit<ActivityRow, "details"> & { details: string | null }>(
      "SELECT id, at, actor, address, action, app_id AS appId, target, result, details " +
        "FROM activity WHERE id < ? ORDER BY id DESC LIMIT ?",
      options.before ?? Number.MAX_SAFE_INTEGER,
      Math.min(options.limit ?? 100, 1000),
    ).map(({ details, ...row }) =>
      details === null ? row : { ...row, details: JSON.parse(details) }
    );
  }

  /** Keeps the newest rows only. */
  async cleanup(): Promise<void> {
    await this.db.write(trimActivity, { keep: MAX_ROWS });
  }
}
