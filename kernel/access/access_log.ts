import type { Settings } from "../config/mod.ts";
import type { Database } from "../db/mod.ts";
import type { Clock } from "../lib/clock.ts";
import { ANONYMOUS_USER } from "../lib/ids.ts";
import { ACCESS_TRIM_STEP, type AccessRow, insertAccess, trimAccess } from "./access_operations.ts";
import { shortAddress } from "./short_address.ts";

/** Why a request is in the log: it was one in so many, it was slow, or the node or app failed. */
export type AccessWhy = "sample" | "slow" | "error";

/** One request that was answered. */
export interface AccessLine {
  readonly id: number;
  /** Unix ms at which it was answered. */
  readonly at: number;
  /** Absent: the node itself. */
  readonly appId?: string;
  readonly why: AccessWhy;
  readonly host: string;
  readonly method: string;
  /** Never with the query. */
  readonly path: string;
  readonly status: number;
  /** Time until the answer began. */
  readonly ms: number;
  /** Size of the answer, where it was known when it began. */
  readonly bytes?: number;
  /** As `access.addresses` has it: shortened, whole or empty. */
  readonly address: string;
  readonly secure: boolean;
  /** The visitor's program. */
  readonly agent: string;
}

/** What the edge tells of a request. */
export interface Answered {
  readonly request: Request;
  readonly response: Response;
  readonly appId: string | undefined;
  readonly path: string;
  readonly host: string;
  readonly secure: boolean;
  readonly address: () => string | undefined;
  readonly ms: number;
}

/** Which lines to read. */
export interface AccessQuery {
  /** `""` is the node itself. */
  readonly appId?: string | undefined;
  readonly why?: AccessWhy | undefined;
  /** The least status. */
  readonly status?: number | undefined;
  readonly host?: string | undefined;
  /** Lines before this id: the next page. */
  readonly before?: number | undefined;
  /** At most; 100 unless told, never more than 1,000. */
  readonly limit?: number | undefined;
}

/** Lines that wait at most; more are dropped: under a flood, a part of it tells enough. */
const MAX_WAITING = 2000;
/** How long a line may wait for others to share its write, ms. */
const DELAY_MS = 1000;
const DAY_MS = 86_400_000;
const MAX_TEXT = 300;

/** What visitors asked for, as far as it is worth a line; written in batches off the request's path. */
export class AccessLog {
  #waiting: AccessRow[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId: number;
  #count = 0;
  #dropped = 0;

  constructor(
    private readonly db: Database,
    private readonly settings: Settings,
    private readonly now: Clock,
  ) {
    this.#lastId =
      db.reader.get<{ id: number | null }>("SELECT max(id) AS id FROM access_log")?.id ?? 0;
  }

  /** Lines that found no place, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether a request is worth a line, and why. */
  why(status: number, ms: number): AccessWhy | undefined {
    if (status >= 500) return "error";
    if (ms >= this.settings.get("access.slowMs")) return "slow";
    const every = this.settings.get("access.sampleEvery");
    return every > 0 && ++this.#count % every === 0 ? "sample" : undefined;
  }

  /** Takes a request; readers see it within a second or two. */
  append(why: AccessWhy, answered: Answered): void {
    if (this.#waiting.length >= MAX_WAITING) return void this.#dropped++;
    const { request, response, appId, path, host, secure, address, ms } = answered;
    const length = response.headers.get("content-length");
    this.#waiting.push({
      id: ++this.#lastId,
      at: this.now(),
      appId: appId ?? "",
      userId: ANONYMOUS_USER,
      why,
      host: cut(host),
      method: cut(request.method),
      path: cut(path),
      status: response.status,
      ms: Math.round(ms),
      bytes: length === null ? null : Number(length),
      address: shortAddress(address(), this.settings.get("access.addresses")),
      secure: secure ? 1 : 0,
      agent: cut(request.headers.get("user-agent") ?? ""),
    });
    // What cannot be written now is lost: nobody waits for it.
    this.#timer ??= setTimeout(() => this.flush().catch(() => {}), DELAY_MS);
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#waiting;
    this.#waiting = [];
    if (rows.length > 0) await this.db.write(insertAccess, { rows });
  }

  /** Lines, newest first. */
  list(query: AccessQuery = {}): AccessLine[] {
    const limit = Math.max(1, Math.min(query.limit ?? 100, 1000));
    const filters: [string, string | number | undefined][] = [
      ["app_id = ?", query.appId],
      ["why = ?", query.why],
      ["status >= ?", query.status],
      ["host = ?", query.host],
      ["id < ?", query.before],
    ];
    const given = filters.filter(([, value]) => value !== undefined);
    const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
    return this.db.reader.all<AccessRecord>(
      `SELECT * FROM access_log ${where} ORDER BY id DESC LIMIT ?`,
      ...given.map(([, value]) => value!),
      limit,
    ).map(lineOf);
  }

  /** Deletes lines past their age or number. */
  async cleanup(): Promise<void> {
    const before = this.now() - this.settings.get("access.keepDays") * DAY_MS;
    const keep = this.settings.get("access.keepLines");
    while (await this.db.write(trimAccess, { before, keep }) >= ACCESS_TRIM_STEP);
  }
}

const cut = (text: string) => text.toWellFormed().slice(0, MAX_TEXT);

interface AccessRecord {
  readonly id: number;
  readonly at: number;
  readonly app_id: string;
  readonly why: AccessWhy;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly bytes: number | null;
  readonly address: string;
  readonly secure: number;
  readonly agent: string;
}

function lineOf({ app_id: appId, bytes, secure, ...row }: AccessRecord): AccessLine {
  const { id, at, why, host, method, path, status, ms, address, agent } = row;
  return {
    id,
    at,
    ...appId === "" ? {} : { appId },
    why,
    host,
    method,
    path,
    status,
    ms,
    ...bytes === null ? {} : { bytes },
    address,
    secure: secure === 1,
    agent,
  };
}
