import { operation } from "../db/mod.ts";

/** Which lines are looked for; times in Unix ms. */
export interface LineSearch {
  readonly appId?: string | undefined;
  readonly levels: readonly string[];
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly text?: string | undefined;
  readonly requestId?: string | undefined;
  readonly limit: number;
  /** Only lines with a smaller id. */
  readonly before?: number | undefined;
}

/** A line as the table has it. */
export interface LineRow {
  readonly id: number;
  readonly app_id: string;
  readonly at: number;
  readonly level: string;
  readonly request_id: string | null;
  readonly message: string;
  readonly fields: string | null;
}

/** What was found, newest first. */
export interface FoundRows {
  readonly rows: readonly LineRow[];
  /** Where to go on; absent when everything was looked at. */
  readonly before?: number;
}

/** Lines looked at between two looks at the clock. */
const WINDOW = 5000;
/** How long one search may take, ms; it can be continued. */
const SEARCH_MS = 250;
/** Lines deleted in one write. */
const PART = 5000;

function conditions(p: Omit<LineSearch, "limit" | "before">) {
  const where = ["level IN (SELECT value FROM json_each(?))"];
  const params: (string | number)[] = [JSON.stringify(p.levels)];
  const and = (sql: string, value: string | number | undefined) => {
    if (value === undefined) return;
    where.push(sql);
    params.push(value);
  };
  and("at >= ?", p.since);
  and("at < ?", p.until);
  and("request_id = ?", p.requestId);
  and("instr(lower(message || ' ' || coalesce(fields, '')), lower(?)) > 0", p.text || undefined);
  return { where: where.join(" AND "), params };
}

/**
 * Looks through the lines backwards, window by window, until there are enough, none is left or the
 * time is up: a rare word in millions of lines takes several calls, and holds up nobody.
 */
export const searchLogs = operation("logs.search", (db, p: LineSearch): FoundRows => {
  const { where, params } = conditions(p);
  const [own, ownParams] = p.appId === undefined ? ["", []] : ["app_id = ? AND ", [p.appId]];
  const rows: LineRow[] = [];
  const began = performance.now();
  let before = p.before ?? Number.MAX_SAFE_INTEGER;
  for (;;) {
    // The oldest line of the window that ends where the last one began.
    const edge = db.get<{ id: number | null }>(
      `SELECT min(id) AS id FROM (SELECT id FROM logs WHERE ${own}id < ? ORDER BY id DESC LIMIT ?)`,
      ...ownParams,
      before,
      WINDOW,
    )!.id;
    if (edge === null) return { rows };
    rows.push(...db.all<LineRow>(
      "SELECT id, app_id, at, level, request_id, message, fields FROM logs WHERE " +
        `${own}id >= ? AND id < ? AND ${where} ORDER BY id DESC LIMIT ?`,
      ...ownParams,
      ...[edge, before],
      ...params,
      p.limit - rows.length,
    ));
    if (rows.length >= p.limit) return { rows, before: rows.at(-1)!.id };
    before = edge;
    if (performance.now() - began > SEARCH_MS) return { rows, before };
  }
});

/** How many lines of a level an app has. */
export interface LineCount {
  readonly app_id: string;
  readonly level: string;
  readonly lines: number;
  readonly chars: number;
  readonly oldest: number;
  readonly newest: number;
}

/** Counts every line there is. */
export const logStats = operation(
  "logs.stats",
  (db, _p: Record<never, never>): LineCount[] =>
    db.all(
      "SELECT app_id, level, count(*) AS lines, sum(length(message) + coalesce(length(fields), 0)) " +
        "AS chars, min(at) AS oldest, max(at) AS newest FROM logs GROUP BY app_id, level",
    ),
);

/** Deletes some of the lines; returns how many, 0 when none is left. */
export const deleteLines = operation("logs.delete", (db, p: {
  readonly appId?: string | undefined;
  readonly levels: readonly string[];
  readonly before?: number | undefined;
}) => {
  const { where, params } = conditions({ levels: p.levels, until: p.before });
  const [own, ownParams] = p.appId === undefined ? ["", []] : ["app_id = ? AND ", [p.appId]];
  return db.run(
    `DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE ${own}${where} LIMIT ${PART})`,
    ...ownParams,
    ...params,
  );
}, { essential: true });
