import { type Connection, operation } from "../db/mod.ts";
import { FaztError } from "../lib/fazt_error.ts";
import { type Latency, latencyOf } from "./latency.ts";
import { type NameKind, OTHER } from "./names.ts";
import { startOf, type Step, STEPS } from "./steps.ts";

/** Which time of which app, Unix ms; `from` counts, `to` does not. */
export interface Span {
  readonly appId?: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly step: Step;
}

/** Sums over a time. */
export interface VisitTotals {
  readonly visitors: number;
  readonly views: number;
  readonly events: number;
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** One part of a time. */
export interface VisitPoint {
  /** Its beginning, Unix ms. */
  readonly at: number;
  readonly visitors: number;
  readonly views: number;
  readonly requests: number;
  readonly bytesOut: number;
  /** Answers with a status of 500 and more. */
  readonly errors: number;
}

/** What was counted in a time. */
export interface VisitReport {
  readonly from: number;
  readonly to: number;
  readonly step: Step;
  readonly totals: VisitTotals;
  /** The time of the same length just before. */
  readonly previous: VisitTotals;
  readonly series: readonly VisitPoint[];
  readonly statuses: Readonly<Record<"1xx" | "2xx" | "3xx" | "4xx" | "5xx", number>>;
  readonly latency: Latency;
}

/** One name of a list. */
export interface VisitName {
  readonly name: string;
  readonly views: number;
  readonly visitors: number;
  readonly previous: { readonly views: number; readonly visitors: number };
}

/** The names seen most. */
export interface VisitNames {
  readonly kind: NameKind;
  readonly from: number;
  readonly to: number;
  readonly items: readonly VisitName[];
  /** All that were too many to be kept by name. */
  readonly other: { readonly views: number; readonly visitors: number };
}

/** One app of many. */
export interface AppVisitSums {
  readonly appId: string;
  readonly visitors: number;
  readonly views: number;
  readonly requests: number;
  readonly bytesOut: number;
  readonly errors: number;
}

/** Parts that a series may have. */
export const MAX_POINTS = 2000;

/**
 * The span with its ends on the borders of its parts.
 * @throws {FaztError} `INVALID` where it has no length or too many parts
 */
export function alignedSpan(span: Span): Span {
  const length = STEPS[span.step];
  const from = startOf(span.step, span.from);
  const to = startOf(span.step, span.to + length - 1);
  if (to <= from) {
    throw new FaztError("INVALID", "Cannot count: the time ends before it begins", {
      hint: "let from be less than to, both Unix ms",
    });
  }
  if ((to - from) / length > MAX_POINTS) {
    throw new FaztError(
      "INVALID",
      `Cannot show more than ${MAX_POINTS} parts of a time: these are ${(to - from) / length}`,
      { hint: "ask for a shorter time, or for longer parts: step=hour, step=day" },
    );
  }
  return { ...span, from, to };
}

const SUMS =
  "coalesce(sum(visitors), 0) AS visitors, coalesce(sum(views), 0) AS views, coalesce(sum(events), 0) " +
  "AS events, coalesce(sum(requests), 0) AS requests, coalesce(sum(bytes_in), 0) AS bytesIn, " +
  "coalesce(sum(bytes_out), 0) AS bytesOut";

/** The condition of a span, with its parameters. */
function within({ appId, from, to, step }: Span): { where: string; params: (string | number)[] } {
  return {
    where: `${appId === undefined ? "" : "app_id = ? AND "}step = ? AND at >= ? AND at < ?`,
    params: [...appId === undefined ? [] : [appId], STEPS[step], from, to],
  };
}

/**
 * Visitors are counted by day: a longer time has the sum of its days, and a shorter one the sum of
 * its parts.
 */
function totals(db: Connection, span: Span): VisitTotals {
  const { where, params } = within(span);
  return db.get<VisitTotals>(`SELECT ${SUMS} FROM visit_counts WHERE ${where}`, ...params)!;
}

/** Sums of whole days come from the days' own rows: of parts, a visitor would count in each. */
function totalsOf(db: Connection, span: Span): VisitTotals {
  const sums = totals(db, span);
  const day = STEPS.day;
  if (span.step === "day") return sums;
  const [first, last] = [Math.ceil(span.from / day) * day, Math.floor(span.to / day) * day];
  const parts: Span[] = first >= last ? [span] : [
    { ...span, to: first },
    { ...span, from: first, to: last, step: "day" },
    { ...span, from: last },
  ];
  const visitors = parts.filter(({ from, to }) => from < to)
    .reduce((sum, part) => sum + totals(db, part).visitors, 0);
  return { ...sums, visitors };
}

/** What was counted in a time. */
export const visitReport = operation("visits.report", (db, span: Span): VisitReport => {
  const { where, params } = within(span);
  const statuses = [1, 2, 3, 4, 5].map((n) => `coalesce(sum(s${n}), 0) AS s${n}`).join(", ");
  const latencies = Array.from({ length: 16 }, (_, n) => `coalesce(sum(l${n}), 0) AS l${n}`);
  const classes = db.get<Record<string, number>>(
    `SELECT ${statuses}, ${latencies.join(", ")} FROM visit_counts WHERE ${where}`,
    ...params,
  )!;
  const found = new Map(
    db.all<VisitPoint & { at: number }>(
      "SELECT at, sum(visitors) AS visitors, sum(views) AS views, sum(requests) AS requests, " +
        `sum(bytes_out) AS bytesOut, sum(s5) AS errors FROM visit_counts WHERE ${where} GROUP BY at`,
      ...params,
    ).map((point) => [point.at, point]),
  );
  const series: VisitPoint[] = [];
  for (let at = span.from; at < span.to; at += STEPS[span.step]) {
    series.push(
      found.get(at) ?? { at, visitors: 0, views: 0, requests: 0, bytesOut: 0, errors: 0 },
    );
  }
  const { from, to, step } = span;
  return {
    from,
    to,
    step,
    totals: totalsOf(db, span),
    previous: totalsOf(db, { ...span, from: from - (to - from), to: from }),
    series,
    statuses: {
      "1xx": classes.s1!,
      "2xx": classes.s2!,
      "3xx": classes.s3!,
      "4xx": classes.s4!,
      "5xx": classes.s5!,
    },
    latency: latencyOf(Array.from({ length: 16 }, (_, n) => classes[`l${n}`]!)),
  };
});

/** The names of a kind that were seen most in a time. Minutes have no names: hours do. */
export const visitNames = operation(
  "visits.top",
  (db, p: Span & { readonly kind: NameKind; readonly limit: number }): VisitNames => {
    const span = p.step === "minute" ? { ...p, step: "hour" as const } : p;
    const { from, to } = alignedSpan(span);
    const sums = (range: Span) => {
      const { where, params } = within(range);
      return { where: `${where} AND kind = ?`, params: [...params, p.kind] };
    };
    const now = sums({ ...span, from, to });
    const items = db.all<{ name: string; views: number; visitors: number }>(
      "SELECT name, sum(views) AS views, sum(visitors) AS visitors FROM visit_names " +
        `WHERE ${now.where} AND name <> ? GROUP BY name ORDER BY views DESC, name LIMIT ?`,
      ...now.params,
      OTHER,
      p.limit,
    );
    const before = sums({ ...span, from: from - (to - from), to: from });
    const past = new Map(
      db.all<{ name: string; views: number; visitors: number }>(
        "SELECT name, sum(views) AS views, sum(visitors) AS visitors FROM visit_names " +
          `WHERE ${before.where} AND name IN (SELECT value FROM json_each(?)) GROUP BY name`,
        ...before.params,
        JSON.stringify(items.map(({ name }) => name)),
      ).map(({ name, views, visitors }) => [name, { views, visitors }]),
    );
    const other = db.get<{ views: number; visitors: number }>(
      "SELECT coalesce(sum(views), 0) AS views, coalesce(sum(visitors), 0) AS visitors " +
        `FROM visit_names WHERE ${now.where} AND name = ?`,
      ...now.params,
      OTHER,
    )!;
    return {
      kind: p.kind,
      from,
      to,
      items: items.map((item) => ({
        ...item,
        previous: past.get(item.name) ?? { views: 0, visitors: 0 },
      })),
      other,
    };
  },
);

/** Every app that was visited in a time, the one with the most views first. */
export const visitApps = operation("visits.apps", (db, span: Span): AppVisitSums[] => {
  const { where, params } = within({ ...span, appId: undefined });
  return db.all<AppVisitSums>(
    "SELECT app_id AS appId, sum(visitors) AS visitors, sum(views) AS views, sum(requests) AS " +
      `requests, sum(bytes_out) AS bytesOut, sum(s5) AS errors FROM visit_counts WHERE ${where} ` +
      "GROUP BY app_id ORDER BY views DESC, requests DESC, app_id LIMIT 10000",
    ...params,
  );
});
