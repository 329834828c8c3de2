import { type Database, operation, type SqlValue } from "../db/mod.ts";
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

/** Which rows are asked for; all of it must hold. */
export interface ActivityFilter {
  readonly actor?: string | undefined;
  /** What the action begins with, such as `app.` or `session.create`. */
  readonly action?: string | undefined;
  readonly appId?: string | undefined;
  /** `ok`, `failed` for everything else, or one code. */
  readonly result?: string | undefined;
  /** Unix ms, from and including. */
  readonly since?: number | undefined;
  /** Unix ms, up to and without. */
  readonly until?: number | undefined;
  /** Somewhere in who, from where, what, target or details, in any case. */
  readonly text?: string | undefined;
}

/** How much is kept. */
export interface ActivityLimits {
  readonly keepDays: number;
  readonly keepRows: number;
}

const DEFAULTS: ActivityLimits = { keepDays: 365, keepRows: 100_000 };
const DAY_MS = 86_400_000;
/** Rows deleted in one transaction. */
const STEP = 5000;
/** Rows of one answer at most. */
const MAX_PAGE = 1000;

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
  (db, p: { readonly before: number; readonly keep: number }) =>
    db.run(
      "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE at < ? LIMIT ?)",
      p.before,
      STEP,
    ) + db.run(
      "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE id <= " +
        "(SELECT id FROM activity ORDER BY id DESC LIMIT 1 OFFSET ?) LIMIT ?)",
      p.keep,
      STEP,
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
    private readonly limits: () => ActivityLimits = () => DEFAULTS,
  ) {}

  /** Writes an entry behind the change itself. */
  record(entry: ActivityEntry): void {
    this.db.write(insertActivity, { at: this.now(), entry }).catch(this.onError);
  }

  /** Newest first; `before` pages by id. */
  list(
    options: ActivityFilter & {
      readonly limit?: number | undefined;
      readonly before?: number | undefined;
    } = {},
  ): ActivityRow[] {
    const { sql, values } = conditions(options);
    return this.db.reader.all<Omit<ActivityRow, "details"> & { details: string | null }>(
      "SELECT id, at, actor, address, action, app_id AS appId, target, result, details " +
        `FROM activity WHERE id < ?${sql} ORDER BY id DESC LIMIT ?`,
      options.before ?? Number.MAX_SAFE_INTEGER,
      ...values,
      Math.min(options.limit ?? 100, MAX_PAGE),
    ).map(({ details, ...row }) =>
      details === null ? row : { ...row, details: JSON.parse(details) }
    );
  }

  /** Everything that is asked for, newest first, a page of it in memory. */
  *pages(filter: ActivityFilter): Generator<ActivityRow[], void> {
    let before: number | undefined;
    for (;;) {
      const page = this.list({ ...filter, before, limit: MAX_PAGE });
      if (page.length > 0) yield page;
      if (page.length < MAX_PAGE) return;
      before = page.at(-1)!.id;
    }
  }

  /** Forgets what is too old, or too much. */
  async cleanup(): Promise<void> {
    const { keepDays, keepRows } = this.limits();
    const before = this.now() - keepDays * DAY_MS;
    while (await this.db.write(trimActivity, { before, keep: keepRows }) > 0) { /* next step */ }
  }
}

function conditions(filter: ActivityFilter): { sql: string; values: SqlValue[] } {
  const parts: [string, SqlValue][] = [];
  const add = (sql: string, value: SqlValue | undefined) => {
    if (value !== undefined && value !== "") parts.push([sql, value]);
  };
  const { action, result, text } = filter;
  add("actor = ?", filter.actor);
  // A prefix as a range: nothing in it means anything to SQL.
  add("action >= ?", action);
  add("action < ?", action && action + "\u{10ffff}");
  add("app_id = ?", filter.appId);
  if (result === "failed") add("result <> ?", "ok");
  else add("result = ?", result);
  add("at >= ?", filter.since);
  add("at < ?", filter.until);
  add(
    "instr(lower(actor || ' ' || coalesce(address, '') || ' ' || action || ' ' || " +
      "coalesce(target, '') || ' ' || result || ' ' || coalesce(details, '')), lower(?)) > 0",
    text,
  );
  return {
    sql: parts.map(([sql]) => ` AND ${sql}`).join(""),
    values: parts.map(([, value]) => value),
  };
}
