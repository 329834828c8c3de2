import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import {
  type EgressLogRow,
  insertEgressLogs,
  TRIM_STEP,
  trimEgressLogs,
} from "./log_operations.ts";

/** One request that left the node, or that was stopped. */
export interface EgressLine {
  readonly id: number;
  readonly appId: string;
  readonly userId: string;
  /** Unix ms at which it began. */
  readonly at: number;
  readonly method: string;
  /** With the port where it is not the scheme's own. */
  readonly host: string;
  /** Never with the query. */
  readonly path: string;
  /** The answer's status, if one came. */
  readonly status?: number;
  /** What went wrong, if something did. */
  readonly code?: string;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Which lines to read. */
export interface EgressLogQuery {
  readonly appId?: string | undefined;
  /** Exactly this host. */
  readonly host?: string | undefined;
  /** `true`: only those that went wrong, or that were answered with 400 or more. */
  readonly failed?: boolean | undefined;
  /** Unix ms, inclusive. */
  readonly since?: number | undefined;
  /** Lines before this id: the next page. */
  readonly before?: number | undefined;
  /** At most; 100 unless told, never more than 1,000. */
  readonly limit?: number | undefined;
}

/** Lines waiting to be written at most; more are dropped. */
const MAX_WAITING = 5000;
/** How long a line may wait for others to share its write, ms. */
const DELAY_MS = 200;
/** Lines kept, however young. */
const KEEP = 1_000_000;
const DAY_MS = 86_400_000;
const MAX_PATH = 500;
/** Being told to slow down is worth one line a minute, not one each time. */
const QUIET_MS = 60_000;

/** What left the node and when; written in batches off the request's path. */
export class EgressLog {
  #waiting: EgressLogRow[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId: number;
  readonly #slowed = new Map<string, number>();

  constructor(
    private readonly db: Database,
    private readonly settings: Settings,
    private readonly now: Clock,
  ) {
    const row = db.reader.get<{ id: number | null }>("SELECT max(id) AS id FROM egress_logs")!;
    this.#lastId = row.id ?? 0;
  }

  /** Takes a line; readers see it within a fraction of a second. */
  append(line: Omit<EgressLine, "id">): void {
    if (this.#waiting.length >= MAX_WAITING || this.#isRepetition(line)) return;
    this.#waiting.push({
      ...line,
      id: ++this.#lastId,
      path: line.path.slice(0, MAX_PATH),
      status: line.status ?? null,
      code: line.code ?? null,
      ms: Math.round(line.ms),
    });
    this.#timer ??= setTimeout(() => this.flush().catch(() => {}), DELAY_MS);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length > 0) await this.db.write(insertEgressLogs, { rows });
  }

  /** Lines, newest first. */
  list(query: EgressLogQuery = {}): EgressLine[] {
    const limit = Math.max(1, Math.min(query.limit ?? 100, 1000));
    const before = query.before ?? Number.MAX_SAFE_INTEGER;
    const where = [
      "id < ?",
      ...(query.appId === undefined ? [] : ["app_id = ?"]),
      ...(query.host === undefined ? [] : ["host = ?"]),
      ...(query.since === undefined ? [] : ["at >= ?"]),
      ...(query.failed ? ["(code IS NOT NULL OR status >= 400)"] : []),
    ];
    const given = [query.appId, query.host, query.since].filter((value) => value !== undefined);
    return this.db.reader.all<LogRecord>(
      `SELECT * FROM egress_logs WHERE ${where.join(" AND ")} ORDER BY id DESC LIMIT ?`,
      before,
      ...given,
      limit,
    ).map(lineOf);
  }

  #isRepetition({ code, appId, at }: Omit<EgressLine, "id">): boolean {
    if (code !== "NET_RATE") return false;
    const before = this.#slowed.get(appId);
    if (before !== undefined && Math.abs(at - before) < QUIET_MS) return true;
    this.#slowed.set(appId, at);
    return false;
  }

  /** Deletes lines past their age or number. */
  async cleanup(): Promise<void> {
    const before = this.now() - this.settings.get("logs.keepDays") * DAY_MS;
    while (await this.db.write(trimEgressLogs, { before, keep: KEEP }) >= TRIM_STEP);
  }
}

interface LogRecord {
  readonly id: number;
  readonly app_id: string;
  readonly user_id: string;
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly ms: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
}

function lineOf(row: LogRecord): EgressLine {
  return {
    id: row.id,
    appId: row.app_id,
    userId: row.user_id,
    at: row.at,
    method: row.method,
    host: row.host,
    path: row.path,
    ...(row.status === null ? {} : { status: row.status }),
    ...(row.code === null ? {} : { code: row.code }),
    ms: row.ms,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
  };
}
