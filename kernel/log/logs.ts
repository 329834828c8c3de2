import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import { type AppLog, LEVELS, NODE_LOG } from "./app_log.ts";
import { deleteLines, type LineRow, logStats, searchLogs } from "./log_operations.ts";

/** Which lines are asked for; times in Unix ms. */
export interface LogQuery {
  /** An app's id, or {@link NODE_LOG}; absent: everything. */
  readonly appId?: string | undefined;
  /** The least level. */
  readonly level?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Stands in the message or the fields; case does not matter. */
  readonly text?: string | undefined;
  readonly requestId?: string | undefined;
  readonly limit?: number | undefined;
  readonly before?: number | undefined;
}

/** A line of an app or of the node. */
export interface FoundLine {
  readonly id: number;
  readonly at: number;
  /** Absent for the node's own. */
  readonly appId?: string;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: unknown;
}

/** What the lines of one app, or of all, come to. */
export interface LogShare {
  readonly lines: number;
  /** Of messages and fields. */
  readonly chars: number;
  readonly levels: Readonly<Record<string, number>>;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
}

/** What is kept, and for how long. */
export interface LogStats extends LogShare {
  readonly apps: readonly (LogShare & { readonly appId?: string })[];
  readonly keepDays: number;
  readonly keepPerApp: number;
}

/** Lines of one page at most. */
const MAX_LIMIT = 1000;

/** Every line that is kept: of all apps and of the node. */
export class Logs {
  constructor(
    private readonly deps: {
      readonly db: Database;
      readonly settings: Settings;
      readonly appLog: AppLog;
    },
  ) {}

  /** Newest first. A `before` says where to go on, also where little was found. */
  async find(query: LogQuery): Promise<{ readonly items: FoundLine[]; readonly before?: number }> {
    await this.deps.appLog.flush().catch(() => {});
    const { level, limit = 100, ...rest } = query;
    const { rows, before } = await this.deps.db.query(searchLogs, {
      ...rest,
      levels: atLeast(level),
      limit: Math.min(Math.max(1, limit), MAX_LIMIT),
    });
    return { items: rows.map(lineOf), ...(before === undefined ? {} : { before }) };
  }

  /** Everything that a query means, newest first, in pages. */
  async *all(query: LogQuery, max: number): AsyncGenerator<FoundLine[]> {
    let left = max;
    let { before } = query;
    while (left > 0) {
      const page = await this.find({ ...query, limit: Math.min(left, MAX_LIMIT), before });
      left -= page.items.length;
      if (page.items.length > 0) yield page.items;
      if (page.before === undefined) return;
      before = page.before;
    }
  }

  /** What is kept, by app. */
  async stats(): Promise<LogStats> {
    await this.deps.appLog.flush().catch(() => {});
    const counts = await this.deps.db.query(logStats, {});
    const apps = [...Map.groupBy(counts, ({ app_id }) => app_id)].map(([appId, of]) => ({
      ...(appId === NODE_LOG ? {} : { appId }),
      ...shareOf(of),
    })).sort((a, b) => b.chars - a.chars);
    return {
      ...shareOf(counts),
      apps,
      keepDays: this.deps.settings.get("logs.keepDays"),
      keepPerApp: this.deps.settings.get("logs.keepPerApp"),
    };
  }

  /**
   * Deletes lines: of an app or all, up to a level, older than a time. Without any of these, what
   * is past its age or number.
   */
  async cleanup(what: {
    readonly appId?: string | undefined;
    readonly before?: number | undefined;
    readonly level?: string | undefined;
  }): Promise<number> {
    const { appLog, db } = this.deps;
    await appLog.flush().catch(() => {});
    if (what.appId === undefined && what.before === undefined && what.level === undefined) {
      return await appLog.cleanup();
    }
    const levels = LEVELS.slice(
      0,
      what.level === undefined ? LEVELS.length : 1 + indexOf(what.level),
    );
    let deleted = 0;
    for (;;) {
      const n = await db.write(deleteLines, { appId: what.appId, before: what.before, levels });
      if (n === 0) return deleted;
      deleted += n;
    }
  }
}

const indexOf = (level: string) => (LEVELS as readonly string[]).indexOf(level);
const atLeast = (level: string | undefined) => LEVELS.slice(Math.max(0, indexOf(level ?? "debug")));

function lineOf(row: LineRow): FoundLine {
  return {
    id: row.id,
    at: row.at,
    ...(row.app_id === NODE_LOG ? {} : { appId: row.app_id }),
    level: row.level,
    message: row.message,
    ...(row.request_id === null ? {} : { requestId: row.request_id }),
    ...(row.fields === null ? {} : { fields: JSON.parse(row.fields) }),
  };
}

function shareOf(
  counts: readonly {
    level: string;
    lines: number;
    chars: number;
    oldest: number;
    newest: number;
  }[],
): LogShare {
  const levels: Record<string, number> = Object.fromEntries(LEVELS.map((level) => [level, 0]));
  for (const { level, lines } of counts) levels[level] = (levels[level] ?? 0) + lines;
  const sum = (of: (c: (typeof counts)[number]) => number) =>
    counts.reduce((total, c) => total + of(c), 0);
  return {
    lines: sum(({ lines }) => lines),
    chars: sum(({ chars }) => chars),
    levels,
    oldestAt: counts.length === 0 ? null : Math.min(...counts.map(({ oldest }) => oldest)),
    newestAt: counts.length === 0 ? null : Math.max(...counts.map(({ newest }) => newest)),
  };
}
