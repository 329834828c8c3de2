import type { Settings } from "../config/mod.ts";
import { type Database, operation } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";

/** One line on its way into the log. */
export interface AppLine {
  readonly appId: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly requestId: string | undefined;
  /** For whom the app was at work; absent: for nobody who is known. */
  readonly userId?: string | undefined;
  readonly fields: unknown;
}

/** One line as it is read. */
export interface LoggedLine {
  readonly id: number;
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: unknown;
}

interface LineParams {
  readonly id: number;
  readonly appId: string;
  readonly at: number;
  readonly level: string;
  readonly message: string;
  readonly requestId: string | null;
  readonly userId: string;
  readonly fields: string | null;
}

const insertLines = operation("logs.insert", (db, p: { readonly lines: readonly LineParams[] }) => {
  for (const l of p.lines) {
    db.run(
      "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      l.id,
      l.appId,
      l.userId,
      l.at,
      l.level,
      l.requestId,
      l.message,
      l.fields,
    );
  }
});
const trimLines = operation("logs.trim", (db, p: {
  readonly before: number;
  readonly keep: number;
}) => {
  let gone = db.run(
    "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE at < ? LIMIT 5000)",
    p.before,
  );
  for (const { app_id } of db.all<{ app_id: string }>("SELECT DISTINCT app_id FROM logs")) {
    gone += db.run(
      "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE app_id = ? AND id <= " +
        "(SELECT id FROM logs WHERE app_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?) LIMIT 5000)",
      app_id,
      app_id,
      p.keep,
    );
  }
  return gone;
}, { essential: true });
/** The writes of app logs. */
export const APP_LOG_WRITES = [insertLines, trimLines];

/** Levels of a line, the least first. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;
/** What stands in an app's place for lines of the node itself. */
export const NODE_LOG = "node";

/** What one app may have waiting to be written; more is counted and dropped. */
const MAX_LINES = 2000;
const MAX_CHARS = 2 * 1024 * 1024;
/** What all apps together may have waiting, so that no number of them fills the memory. */
const MAX_CHARS_TOTAL = 16 * MAX_CHARS;
/** Longest message and longest fields of a line, characters. */
const MAX_TEXT = 1024 * 1024;
/** How long a line may wait for others to share its write, ms. */
const DELAY_MS = 200;

/** What an app has waiting. */
interface Share {
  lines: number;
  chars: number;
  dropped: number;
}

/** What apps write to their console, kept in batches off the request path. */
export class AppLog {
  #waiting: LineParams[] = [];
  #waitingChars = 0;
  readonly #shares = new Map<string, Share>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId: number;
  readonly #listeners = new Map<string, Set<(line: LoggedLine) => void>>();
  readonly #allListeners = new Set<(appId: string, line: LoggedLine) => void>();

  constructor(
    private readonly db: Database,
    private readonly settings: Settings,
    private readonly now: Clock,
  ) {
    this.#lastId = db.reader.get<{ id: number | null }>("SELECT max(id) AS id FROM logs")!.id ?? 0;
  }

  /** Takes a line; readers see it within a fraction of a second, listeners at once. */
  append(line: AppLine): void {
    let share = this.#shares.get(line.appId);
    if (share === undefined) {
      this.#shares.set(line.appId, share = { lines: 0, chars: 0, dropped: 0 });
    }
    this.#timer ??= setTimeout(() => this.flush().catch(() => {}), DELAY_MS);
    if (
      share.lines >= MAX_LINES || share.chars >= MAX_CHARS || this.#waitingChars >= MAX_CHARS_TOTAL
    ) {
      share.dropped++;
      return;
    }
    const chars = this.#take(line);
    share.lines++;
    share.chars += chars;
    this.#waitingChars += chars;
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [appId, { dropped }] of this.#shares) {
      if (dropped === 0) continue;
      this.#take({
        appId,
        level: "warn",
        message: `${dropped} lines were dropped: the app logs faster than they can be kept`,
        requestId: undefined,
        fields: undefined,
      });
    }
    this.#shares.clear();
    this.#waitingChars = 0;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) await this.db.write(insertLines, { lines });
  }

  /** Lines of an app, oldest first; `before` pages backwards by id. */
  list(appId: string, options: {
    readonly limit?: number | undefined;
    readonly level?: string | undefined;
    readonly before?: number | undefined;
  } = {}): LoggedLine[] {
    const levels = LEVELS.slice(
      Math.max(0, (LEVELS as readonly string[]).indexOf(options.level ?? "debug")),
    );
    return this.db.reader.all<Omit<LineParams, "appId" | "userId"> & { request_id: string | null }>(
      "SELECT id, at, level, message, request_id, fields FROM logs WHERE app_id = ? AND id < ? " +
        "AND level IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?",
      appId,
      options.before ?? Number.MAX_SAFE_INTEGER,
      JSON.stringify(levels),
      Math.min(options.limit ?? 100, 1000),
    ).reverse().map((row) => lineOf({ ...row, requestId: row.request_id }));
  }

  /** Hears every new line of an app until the returned function is called. */
  subscribe(appId: string, listener: (line: LoggedLine) => void): () => void {
    let set = this.#listeners.get(appId);
    if (set === undefined) this.#listeners.set(appId, set = new Set());
    set.add(listener);
    return () => {
      // Only the first call: a later one could take away listeners that came since.
      if (set.delete(listener) && set.size === 0) this.#listeners.delete(appId);
    };
  }

  /** Hears every new line of every app and of the node until the returned function is called. */
  subscribeAll(listener: (appId: string, line: LoggedLine) => void): () => void {
    this.#allListeners.add(listener);
    return () => void this.#allListeners.delete(listener);
  }

  /** Lines that wait to be written. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Deletes lines past their age or number; returns how many. */
  async cleanup(): Promise<number> {
    const before = this.now() - this.settings.get("logs.keepDays") * 86_400_000;
    const keep = this.settings.get("logs.keepPerApp");
    let deleted = 0;
    for (;;) {
      const n = await this.db.write(trimLines, { before, keep });
      deleted += n;
      if (n < 5000) return deleted;
    }
  }

  /** Queues a line; returns how many characters of an app's it holds. */
  #take(line: AppLine): number {
    const row: LineParams = {
      id: ++this.#lastId,
      appId: line.appId,
      at: this.now(),
      level: line.level,
      // SQLite's texts are read up to a NUL.
      message: line.message.slice(0, MAX_TEXT).toWellFormed().replaceAll("\0", "\ufffd"),
      requestId: line.requestId ?? null,
      userId: line.userId ?? ANONYMOUS_USER,
      fields: jsonOf(line.fields),
    };
    this.#waiting.push(row);
    for (const listener of this.#listeners.get(line.appId) ?? []) listener(lineOf(row));
    for (const listener of this.#allListeners) listener(line.appId, lineOf(row));
    return row.message.length + (row.fields?.length ?? 0);
  }
}

/** An app can send anything that can be cloned: cycles, big integers, megabytes. */
function jsonOf(fields: unknown): string | null {
  let text: string | undefined;
  try {
    text = JSON.stringify(fields);
  } catch {
    return '{"unserializable":true}';
  }
  if (text === undefined) return null;
  return text.length > MAX_TEXT ? '{"truncated":true}' : text;
}

function lineOf(row: Omit<LineParams, "appId" | "userId">): LoggedLine {
  return {
    id: row.id,
    at: row.at,
    level: row.level,
    message: row.message,
    ...(row.requestId === null ? {} : { requestId: row.requestId }),
    ...(row.fields === null ? {} : { fields: JSON.parse(row.fields) }),
  };
}
